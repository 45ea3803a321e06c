"""What every case needs: its contract, generated files, a folder of its own.

May import: core to page.
Used by: the cases, course, cli.
Others use: case, files, folder, generate, geo, shares.
"""
