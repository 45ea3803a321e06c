# %% right: groupby mod + get
def split_by_card(frame, parts):
    d = dict(list(frame.groupby(frame['CUSTOMER_ID'] % parts)))
    return [d.get(p, frame.iloc[:0]) for p in range(parts)]

# %% right: array_split of cards, isin
def split_by_card(frame, parts):
    cards = frame['CUSTOMER_ID'].unique()
    return [frame[frame['CUSTOMER_ID'].isin(c)] for c in np.array_split(cards, parts)]

# %% right: hash_array
def split_by_card(frame, parts):
    h = pd.util.hash_array(frame['CUSTOMER_ID'].to_numpy()) % parts
    return [frame.loc[h == p] for p in range(parts)]

# %% right: query
def split_by_card(frame, parts):
    found = []
    for part in range(parts):
        found.append(frame.query('CUSTOMER_ID % @parts == @part'))
    return found

# %% right: ceil blocks of ids
def split_by_card(frame, parts):
    lo, hi = frame.CUSTOMER_ID.min(), frame.CUSTOMER_ID.max()+1
    edges = np.linspace(lo, hi, parts+1)
    return [frame[(frame.CUSTOMER_ID >= a) & (frame.CUSTOMER_ID < b)] for a, b in zip(edges, edges[1:])]

# %% right: polars style
def split_by_card(frame, parts):
    import pyarrow as pa, pyarrow.compute as pc
    t = pa.Table.from_pandas(frame)
    home = frame['CUSTOMER_ID'].to_numpy() % parts
    return [t.filter(pa.array(home == p)).to_pandas() for p in range(parts)]

# %% wrong: groupby mod
# three cards, four parts: only three frames, the text says `parts` frames
def split_by_card(frame, parts):
    return [g for _, g in frame.groupby(frame['CUSTOMER_ID'] % parts)]

# %% wrong: dict
def split_by_card(frame, parts):
    return {p: frame[frame.CUSTOMER_ID % parts == p] for p in range(parts)}

# %% wrong: all in one part (no balance)
# nothing is cut: one worker would get every card
def split_by_card(frame, parts):
    return [frame] + [frame.iloc[:0]] * (parts - 1)

# %% wrong: array_split rows
def split_by_card(frame, parts):
    return [frame.iloc[i] for i in np.array_split(np.arange(len(frame)), parts)]

# %% wrong: sorted inside part
# the text says: in their old order
def split_by_card(frame, parts):
    f = frame.sort_values('CUSTOMER_ID')
    return [f[f.CUSTOMER_ID % parts == p] for p in range(parts)]

# %% wrong: by terminal
def split_by_card(frame, parts):
    return [frame[frame.TERMINAL_ID % parts == p] for p in range(parts)]

# %% wrong: drops columns
# the parts no longer hold the payments that came in
def split_by_card(frame, parts):
    f = frame[['TRANSACTION_ID', 'CUSTOMER_ID']]
    return [f[f.CUSTOMER_ID % parts == p] for p in range(parts)]

# %% either: adds column
# one column more than came in; the cut is right
def split_by_card(frame, parts):
    f = frame.assign(part=frame.CUSTOMER_ID % parts)
    return [f[f.part == p] for p in range(parts)]

# %% either: mutates input
# the caller's frame gets a new column; the text does not forbid it
def split_by_card(frame, parts):
    frame['home'] = frame.CUSTOMER_ID % parts
    return [frame[frame.home == p] for p in range(parts)]

# %% right: a tuple of frames
def split_by_card(frame, parts):
    return tuple(frame[frame["CUSTOMER_ID"] % parts == part] for part in range(parts))

# %% right: cards dealt out, an empty list of parts filled
def split_by_card(frame, parts):
    home = {card: place % parts for place, card in enumerate(sorted(set(frame["CUSTOMER_ID"])))}
    homes = frame["CUSTOMER_ID"].map(home)
    return [frame[homes == part].reset_index(drop=True) for part in range(parts)]

# %% wrong: sorted by time
# the text says: in their old order
def split_by_card(frame, parts):
    f = frame.sort_values("TX_DATETIME", kind="stable")
    return [f[f["CUSTOMER_ID"] % parts == part] for part in range(parts)]

# %% wrong: duplicates dropped
# every payment is in one part, also a card's second one
def split_by_card(frame, parts):
    f = frame.drop_duplicates("CUSTOMER_ID")
    return [f[f["CUSTOMER_ID"] % parts == part] for part in range(parts)]

# %% wrong: a frame for each card
# the text says `parts` frames
def split_by_card(frame, parts):
    return [group for _, group in frame.groupby("CUSTOMER_ID", sort=False)]

# %% wrong: the last part forgotten
def split_by_card(frame, parts):
    return [frame[frame["CUSTOMER_ID"] % parts == part] for part in range(1, parts)]

# %% wrong: four parts, whatever was asked for
# `parts` is ignored
def split_by_card(frame, parts):
    return [frame[frame["CUSTOMER_ID"] % 4 == part] for part in range(4)]
