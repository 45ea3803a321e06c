# %% right: sort
def worst_years(losses, level):
    s = np.sort(losses); n = round((1 - level) * len(s)); return s[-n], s[-n:].mean()

# %% right: sorted python
def worst_years(losses, level):
    s = sorted(losses, reverse=True)[:round((1 - level) * len(losses))]
    return s[-1], sum(s) / len(s)

# %% right: partition
def worst_years(losses, level):
    n = round((1 - level) * len(losses))
    w = np.partition(losses, -n)[-n:]
    return w.min(), w.mean()

# %% right: list return
def worst_years(losses, level):
    s = np.sort(losses)[round(level * len(losses)):]; return [s[0], s.mean()]

# %% wrong: quantile linear (textbook)
# the lesson defines: the mildest of the worst years; this lies between two years
def worst_years(losses, level):
    var = np.quantile(losses, level)
    return var, losses[losses >= var].mean()

# %% wrong: quantile inverted_cdf (standard VaR)
# the usual definition, one year below that of the lesson; the lesson should say so
def worst_years(losses, level):
    var = np.quantile(losses, level, method='inverted_cdf')
    return var, losses[losses > var].mean()

# %% wrong: int() truncation bug
# (1 - 0.8) * 10 is 1.9999999999999996
def worst_years(losses, level):
    n = int((1 - level) * len(losses))
    s = np.sort(losses)[-n:]
    return s[0], s.mean()

# %% wrong: sort in place
# the caller's array is left in another order
def worst_years(losses, level):
    losses.sort(); w = losses[round(level * len(losses)):]
    return w[0], w.mean()

# %% wrong: swapped
def worst_years(losses, level):
    s = np.sort(losses)[round(level * len(losses)):]; return s.mean(), s[0]

# %% wrong: share of the largest loss
# a share of the loss, not of the years
def worst_years(losses, level):
    worst = losses[losses >= level * losses.max()]
    return worst.min(), worst.mean()

# %% either: quantile higher
# equal losses at the border bring in more years than there are worst ones
def worst_years(losses, level):
    var = np.quantile(losses, level, method='higher')
    return var, losses[losses >= var].mean()

# %% right: heapq
import heapq
def worst_years(losses, level):
    worst = heapq.nlargest(round((1 - level) * len(losses)), losses)
    return min(worst), sum(worst) / len(worst)

# %% right: pandas
def worst_years(losses, level):
    worst = pd.Series(losses).nlargest(round((1 - level) * len(losses)))
    return worst.min(), worst.mean()

# %% wrong: the best years
# sorted the wrong way round
def worst_years(losses, level):
    worst = np.sort(losses)[: round((1 - level) * len(losses))]
    return worst[-1], worst.mean()

# %% wrong: the worst of all
# the value at risk is the mildest of the bad years
def worst_years(losses, level):
    worst = np.sort(losses)[round(level * len(losses)) :]
    return worst[-1], worst.mean()

# %% wrong: mean of all years
# the shortfall is the mean of the bad ones
def worst_years(losses, level):
    worst = np.sort(losses)[round(level * len(losses)) :]
    return worst[0], losses.mean()

# %% wrong: one level for all
# `level` is ignored
def worst_years(losses, level):
    worst = np.sort(losses)[round(0.99 * len(losses)) :]
    return worst[0], worst.mean()
