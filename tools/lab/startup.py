# Runs in every kernel that `make lab` starts (PYTHONSTARTUP): a cell that is run too early says which one comes first,
# and one that is stopped leaves no half of a module behind. Both hold before anything of toydiff is loaded, as on the
# next morning, or while the first cell loads torch: so the one file that does it, which needs nothing, is read alone.
def _explain():
    from importlib.util import find_spec, module_from_spec, spec_from_file_location
    from pathlib import Path

    course = find_spec("toydiff")
    for folder in course.submodule_search_locations or [] if course else []:
        if (file := Path(folder, "notebook", "mishaps.py")).exists():    # else another toydiff hides this one
            spec = spec_from_file_location("toydiff_mishaps", file)
            spec.loader.exec_module(mishaps := module_from_spec(spec))
            mishaps.explain()


_explain()
del _explain
