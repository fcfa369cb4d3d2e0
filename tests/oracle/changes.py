"""The fixes: applied, proved, undone."""


def try_fixes(run):
    pass
