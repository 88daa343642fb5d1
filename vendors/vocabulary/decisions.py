"""Must-haves, stages, policies and states of a criterion."""

from vendors.vocabulary.code import Code


class GateOutcome(Code):
    """The outcome of a must-have."""

    PASS = "pass", "Met"
    FAIL = "fail", "Failed"
    CONDITIONAL = "conditional", "Conditional"
    UNKNOWN = "unknown", "Unknown"


class GateOperator(Code):
    """How a must-have compares a fact with its value."""

    AT_LEAST = ">=", "at least"
    AT_MOST = "<=", "at most"
    GREATER = ">", "more than"
    LESS = "<", "less than"
    EQUAL = "==", "equal to"
    NOT_EQUAL = "!=", "not equal to"
    IN = "in", "one of"
    CONTAINS = "contains", "containing"


class Stage(Code):
    """The stage of a scorecard."""

    SCREEN = "screen", "Screen"
    SHORTLIST = "shortlist", "Shortlist"
    AWARD = "award", "Award"


class Policy(Code):
    """What an unknown counts as in the ranked figure."""

    NEUTRAL = "neutral", "Unknowns count half"
    CONSERVATIVE = "conservative", "Worst case"
    KNOWN_ONLY = "known_only", "Only what is known"


class CellState(Code):
    """What is known of a criterion for a candidate."""

    KNOWN = "known", "Known"
    UNKNOWN = "unknown", "Unknown"
    REFUSED = "refused", "Refused"
    OVERDUE = "overdue", "Not answered by the deadline"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
