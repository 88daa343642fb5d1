"""x"""

OPEN: dict[str, str] = {
    "health/live/": "says that the process serves; no data",
    "health/ready/": "says which part does not work; no data",
    "metrics": "asks for a secret of its own",
    "api/schema/": "describes the interface; no data",
    "api/docs/": "shows the description; no data",
    "method/": "how scores come about; no organisation's data",
}
ROUTES: dict[str, dict[str, str]] = {}
THIRD_PARTY_ROUTES: tuple[str, ...] = ()
