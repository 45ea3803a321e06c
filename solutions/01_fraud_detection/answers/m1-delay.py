# %% right: loop
def share_with_delay(days, frauds):
    out = np.zeros(len(days))
    for i, t in enumerate(days):
        m = (days > t - 14) & (days <= t - 7)
        if m.any():
            out[i] = frauds[m].mean()
    return out

# %% right: broadcast
def share_with_delay(days, frauds):
    w = (days[None, :] > days[:, None] - 14) & (days[None, :] <= days[:, None] - 7)
    n = w.sum(axis=1)
    return np.where(n > 0, (w * frauds).sum(axis=1) / np.maximum(n, 1), 0.0)

# %% right: nan_to_num with warning
def share_with_delay(days, frauds):
    return np.nan_to_num(np.array([np.mean(frauds[(days > t - 14) & (days <= t - 7)]) for t in days]))

# %% right: pandas Series
def share_with_delay(days, frauds):
    return pd.Series([frauds[(days > t - 14) & (days <= t - 7)].mean() for t in days]).fillna(0)

# %% right: pandas Series to numpy
def share_with_delay(days, frauds):
    return pd.Series([frauds[(days > t - 14) & (days <= t - 7)].mean() for t in days]).fillna(0).to_numpy()

# %% wrong: window closed other side
def share_with_delay(days, frauds):
    w = [frauds[(days >= t - 14) & (days < t - 7)] for t in days]
    return np.array([x.mean() if len(x) else 0.0 for x in w])

# %% wrong: nan left
def share_with_delay(days, frauds):
    return np.array([np.mean(frauds[(days > t - 14) & (days <= t - 7)]) for t in days])

# %% wrong: sum not mean
def share_with_delay(days, frauds):
    return np.array([frauds[(days > t - 14) & (days <= t - 7)].sum() for t in days])

# %% wrong: closed at t - 14
# the window is open at t - 14: days 0, 7, 14 with frauds 0, 1, 0 give 1.0, this 0.5
def share_with_delay(days, frauds):
    w = [frauds[(days >= t - 14) & (days <= t - 7)] for t in days]
    return np.array([x.mean() if len(x) else 0.0 for x in w])

# %% either: float32
# right but for rounding
def share_with_delay(days, frauds):
    w = [frauds[(days > t - 14) & (days <= t - 7)] for t in days]
    return np.array([x.mean() if len(x) else 0 for x in w], dtype='float32')

# %% right: searchsorted
# days may be assumed to be sorted only by sorting them
def share_with_delay(days, frauds):
    order = np.argsort(days, kind="stable")
    when, sums = days[order], np.concatenate([[0], np.cumsum(frauds[order])])
    first, last = (np.searchsorted(when, days - back, side="right") for back in (14, 7))
    count = last - first
    return np.divide(sums[last] - sums[first], count, out=np.zeros(len(days)), where=count > 0)

# %% right: a list
def share_with_delay(days, frauds):
    found = []
    for t in days:
        week = [fraud for day, fraud in zip(days, frauds) if t - 14 < day <= t - 7]
        found.append(sum(week) / len(week) if week else 0)
    return found

# %% wrong: no delay
# uses labels that nobody had
def share_with_delay(days, frauds):
    return share_without_delay(days, frauds)

# %% wrong: all that is known, not one week
# the window has two ends
def share_with_delay(days, frauds):
    weeks = [frauds[days <= t - 7] for t in days]
    return np.array([week.mean() if len(week) else 0.0 for week in weeks])

# %% wrong: open at t - 7
# the window is closed at t - 7
def share_with_delay(days, frauds):
    weeks = [frauds[(days > t - 14) & (days < t - 7)] for t in days]
    return np.array([week.mean() if len(week) else 0.0 for week in weeks])

# %% wrong: the next week
# the sign is wrong: it looks into the future
def share_with_delay(days, frauds):
    weeks = [frauds[(days < t + 14) & (days >= t + 7)] for t in days]
    return np.array([week.mean() if len(week) else 0.0 for week in weeks])

# %% wrong: divided by seven
# the share is of the payments, not of the days
def share_with_delay(days, frauds):
    return np.array([frauds[(days > t - 14) & (days <= t - 7)].sum() / 7 for t in days])

# %% wrong: rounded down to whole days
# half days are lost
def share_with_delay(days, frauds):
    whole = np.floor(days)
    weeks = [frauds[(whole > t - 14) & (whole <= t - 7)] for t in days]
    return np.array([week.mean() if len(week) else 0.0 for week in weeks])
