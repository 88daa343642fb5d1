"""What the page of an import says in a sentence, and which of its five steps it has reached."""

from vendors.models import LoadState, UploadedLoad


def answer_of(load: UploadedLoad, *, own: bool, header_fault: bool) -> tuple[str, str]:
    """Where a file stands, and what to do; nothing of it is written before it is loaded."""
    counts = load.counts
    new, changed = (f"{counts.get(name, 0):,}" for name in ("new", "changed"))
    if load.state == LoadState.UNDONE:
        return (
            "This import was undone.",
            "What it brought no longer counts, and what it changed is as it was before.",
        )
    if load.state == LoadState.DISCARDED:
        return "This file was discarded.", "Nothing of it was loaded."
    if load.state == LoadState.LOADED:
        return (
            f"{new} new and {changed} changed.",
            "One undo takes the whole import back, while nothing later is built on it.",
        )
    if header_fault:
        return (
            "The columns are not all matched.",
            "Nothing can be loaded before they are: match them below, or leave them out.",
        )
    read, ready, errors = (counts.get(name, 0) for name in ("read", "ready", "errors"))
    if not own or not errors:
        rows = (
            f"All {ready:,} rows are ready." if own and ready == read else f"{new} new and {changed} changed."
        )
        return (
            rows,
            f"{new} new, {changed} changed, {counts.get('unchanged', 0):,} as they were. Nothing is loaded yet.",
        )
    groups = len(load.findings.get("groups", ()))
    words = (
        f"{errors:,} {'error' if errors == 1 else 'errors'} of {groups} {'kind' if groups == 1 else 'kinds'}"
    )
    said = f"{ready:,} of {read:,} rows are ready; {words}."
    other = ", or load the rows that are ready and leave the rest out" if ready else ""
    return said, f"Choose a repair for each kind{other}."


def steps_of(load: UploadedLoad, *, header_fault: bool) -> list[tuple[str, str, str]]:
    """The five steps: name, where it is on the page, and whether it is done, now or later."""
    checked = load.state == LoadState.CHECKED
    now = 4
    if checked:
        now = 1 if header_fault else 2 if load.counts.get("errors") else 3
    names = (
        ("File", ""),
        ("Match columns", "#columns"),
        ("Check", "#check"),
        ("Preview", "#preview"),
        ("Done", ""),
    )
    return [
        (
            name,
            address if checked else "",
            "now" if number == now else "done" if number < now else "later",
        )
        for number, (name, address) in enumerate(names)
    ]
