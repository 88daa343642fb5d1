"""Names of firms and cities in the form in which two spellings are compared.

Official files write one firm in many ways: "ACME Pharma Pvt. Ltd.", "Acme Pharmaceuticals Private Limited", "Acme
Pharma (a division of Beech Inc.)". What is compared is the name without accents, case, punctuation and legal form.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LEGAL_FORMS = (
    "sociedad anonima de capital variable", "s a de c v", "sa de cv", "private limited company",
    "public limited company", "limited liability company", "gmbh and co kgaa", "gmbh and co kg", "gmbh and co ohg",
    "co limited", "co ltd", "company limited", "private limited", "pvt limited", "pvt ltd", "private ltd", "pte ltd",
    "pte limited", "pty ltd", "pty limited", "sdn bhd", "s r l", "s p a", "s a s", "s a r l", "s a", "s l u", "s l",
    "s c a", "n v", "b v", "a s", "a g", "a b", "k k", "d o o", "d d", "z o o", "sp z o o", "s r o", "o o o", "l l c",
    "l l p", "l p", "p c", "p l c", "incorporated", "inc", "corporation", "corp", "company", "co", "limited", "ltd",
    "llc", "llp", "lp", "plc", "gmbh", "mbh", "kgaa", "kg", "ohg", "ag", "se", "sa", "sas", "sarl", "srl", "spa",
    "slu", "sl", "sca", "nv", "bv", "bvba", "cvba", "sprl", "ab", "oy", "oyj", "as", "asa", "aps", "kk", "doo", "dd",
    "sro", "ooo", "jsc", "ojsc", "pjsc", "zrt", "kft", "nyrt", "rt", "ltda", "eirl", "pvt", "pte", "pty", "bhd",
    "lda", "unlimited", "dac", "pc", "pa",
)  # fmt: skip
_LEGAL = sorted((tuple(form.split()) for form in _LEGAL_FORMS), key=len, reverse=True)
_FAMILIES = {
    "gmbh and co kg": "gmbh", "gmbh and co kgaa": "gmbh", "gmbh and co ohg": "gmbh",
    "limited": "ltd", "ltd": "ltd", "pvt": "ltd", "pte": "pte", "pty": "pty", "incorporated": "inc", "inc": "inc",
    "corporation": "inc", "corp": "inc", "llc": "llc", "l l c": "llc", "limited liability company": "llc",
    "gmbh": "gmbh", "mbh": "gmbh", "ag": "ag", "a g": "ag", "s p a": "spa", "spa": "spa", "s r l": "srl", "srl": "srl",
    "s a": "sa", "sa": "sa", "plc": "plc", "p l c": "plc", "public limited company": "plc", "n v": "nv", "nv": "nv",
    "b v": "bv", "bv": "bv", "a b": "ab", "ab": "ab", "s a s": "sas", "sas": "sas", "sdn bhd": "bhd", "bhd": "bhd",
    "pty ltd": "pty", "pty limited": "pty", "pte ltd": "pte", "pte limited": "pte",
}  # fmt: skip
_SAME_WORDS = {
    "pharmaceuticals": "pharmaceutical", "pharma": "pharmaceutical", "pharm": "pharmaceutical",
    "pharms": "pharmaceutical", "pharmacueticals": "pharmaceutical", "farmaceutica": "pharmaceutical",
    "laboratories": "laboratory", "labs": "laboratory", "lab": "laboratory", "laboratoires": "laboratory",
    "laboratorios": "laboratory", "laboratoire": "laboratory", "industries": "industry", "inds": "industry",
    "technologies": "technology", "tech": "technology", "biologicals": "biologics", "biological": "biologics",
    "products": "product", "prods": "product", "mfg": "manufacturing", "manufacture": "manufacturing",
    "intl": "international", "chemicals": "chemical", "sciences": "science", "services": "service",
    "solutions": "solution", "systems": "system", "therapeutics": "therapeutic", "drugs": "drug",
    "healthcare": "health care",
}  # fmt: skip
_WEAK = (
    "pharmaceutical laboratory industry technology biologics product manufacturing international chemical science "
    "service solution system therapeutic drug health care biotech bio medical medicine usa us india uk america "
    "american group holding holdings global company the of and de for division operations operation works"
)
WEAK_WORDS = frozenset(_WEAK.split())
"""Words that many firms share: alone they tell nobody apart."""
_ALSO_KNOWN = re.compile(
    r"\b(?:d\s*/?\s*b\s*/?\s*a|doing business as|also known as|a\s*/?\s*k\s*/?\s*a|f\s*/?\s*k\s*/?\s*a|"
    r"formerly known as|formerly)\b[.:]?",
    re.IGNORECASE,
)
_OWNER = re.compile(
    r"[,(\s]+(?:an?\s+)?(?:wholly[- ]owned\s+)?(?:division|subsidiary|unit|part|affiliate|member)\s+of\b.*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FirmName:
    """One spelling in comparable form: `core` without the legal form, `words` folded, `form` the family of the form."""

    core: str
    words: tuple[str, ...]
    form: str

    @property
    def key(self) -> str:
        """The form in which two spellings count as the same one."""
        return " ".join(self.words)


def plain(text: str) -> str:
    """Lower case letters and digits, without accents and punctuation, one space between words."""
    letters = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    )
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    bare = re.sub(r"(?<=\w)['\u2019`](?=s\b)", "", bare)
    return " ".join(re.sub(r"[^\w]+|_", " ", bare).split())


@lru_cache(maxsize=100_000)
def firm_name(text: str) -> FirmName:
    """The comparable form of one name. A name that is nothing but a legal form keeps it."""
    words = plain(text).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    form = ""
    cut = True
    while cut:
        cut = False
        for legal in _LEGAL:
            if len(words) > len(legal) and tuple(words[-len(legal) :]) == legal:
                stated = " ".join(legal)
                form = form or _FAMILIES.get(stated, _FAMILIES.get(legal[-1], ""))
                words = words[: -len(legal)]
                cut = True
                break
    while len(words) > 1 and words[-1] == "and":
        words = words[:-1]
    folded = [part for word in words for part in _SAME_WORDS.get(word, word).split()]
    return FirmName(" ".join(words), tuple(folded), form)


@lru_cache(maxsize=100_000)
def firm_names(text: str) -> tuple[FirmName, ...]:
    """Every name that a spelling states: the firm, what it does business as, what it was.

    Without its owner and what stands in brackets, which is a place or a remark more often than a name.
    """
    found: dict[str, FirmName] = {}
    for part in _ALSO_KNOWN.split(text):
        one = firm_name(_OWNER.sub("", re.sub(r"\([^)]*\)", " ", part)))
        if one.key:
            found.setdefault(one.key, one)
    return tuple(found.values())


def city_key(text: str) -> str:
    """A city in comparable form, without numbers of districts and post codes."""
    return " ".join(word for word in plain(text).split() if not any(sign.isdigit() for sign in word))


def same_city(one: str, other: str) -> bool | None:
    """Whether two cities are the same; None when either is not stated. "Halol" is "Halol, Panchmahal"."""
    first, second = set(city_key(one).split()), set(city_key(other).split())
    if not first or not second:
        return None
    return first <= second or second <= first


def trigrams(text: str) -> frozenset[str]:
    """The pieces of three letters of a text, each word padded as PostgreSQL's pg_trgm pads it."""
    return frozenset(
        padded[at : at + 3]
        for word in text.split()
        for padded in (f"  {word} ",)
        for at in range(len(padded) - 2)
    )
