"""Countries as shops write them, in data and in rules: a code, or one of the common names."""

from __future__ import annotations

from engine.text import fold

#: Three-letter codes and names that shops write; two-letter codes need no list.
_COUNTRIES = {
    name: code
    for code, names in {
        "AE": "are,united arab emirates,uae", "AR": "arg,argentina", "AT": "aut,austria,österreich",
        "AU": "aus,australia", "BE": "bel,belgium", "BR": "bra,brazil,brasil", "CA": "can,canada",
        "CH": "che,switzerland,schweiz,suisse", "CN": "chn,china", "CZ": "cze,czechia,czech republic",
        "DE": "deu,germany,deutschland", "DK": "dnk,denmark", "ES": "esp,spain,españa", "FI": "fin,finland",
        "FR": "fra,france", "GB": "gbr,uk,united kingdom,great britain,england,scotland,wales",
        "GR": "grc,greece", "IE": "irl,ireland,eire", "IN": "ind,india", "IQ": "irq,iraq",
        "IR": "irn,iran,islamic republic of iran,ایران", "IT": "ita,italy,italia", "JP": "jpn,japan",
        "KR": "kor,south korea", "MX": "mex,mexico", "NL": "nld,netherlands,the netherlands,nederland",
        "NO": "nor,norway", "NZ": "nzl,new zealand", "PL": "pol,poland", "PT": "prt,portugal",
        "SE": "swe,sweden", "TR": "tur,turkey,türkiye", "US": "usa,united states,united states of america",
        "ZA": "zaf,south africa",
    }.items()
    for name in names.split(",")
}  # fmt: skip


def country_code(text: str) -> str | None:
    """The ISO 3166 alpha-2 code; None for what is no country that is known here."""
    named = _COUNTRIES.get(fold(text).lower())
    if named is not None:
        return named
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else None
