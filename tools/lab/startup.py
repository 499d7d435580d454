# Runs in every kernel that `make lab` starts (PYTHONSTARTUP): a cell that is run too early says which one comes first,
# even where nothing of toydiff is loaded yet, as on the next morning. It is loaded when it is needed.
def _explain():
    def first(shell, kind, error, trace, tb_offset=None):
        try:
            from toydiff.notebook import mishaps
        except ImportError:
            return shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return mishaps.handle(shell, kind, error, trace, tb_offset)

    shell = globals().get("get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):    # not in a terminal
        shell.set_custom_exc((NameError, KeyboardInterrupt), first)


_explain()
del _explain
