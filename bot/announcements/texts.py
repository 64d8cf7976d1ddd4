"""The text that staff write: plain, as residents will read it, and held against the links that make fraud easy.

Nothing in a text is interpreted: "{name}", "<b>" and "*x*" reach people as they were typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from bot.i18n import mark
from bot.text.folding import visible
from bot.text.splitting import utf16_units

NAMED_AT_MOST = 5  # addresses in one complaint; whoever takes these out is told of the next

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")  # a soft line break of Word is a \v
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# What `visible` leaves: fillers and blanks that show nothing, annotation marks, tags, and the variation selectors other
# than the two that say whether a sign is a picture.
_UNSEEN = re.compile("[\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]")
_EMPTY_LINES = re.compile("\n{3,}")


@dataclass(frozen=True, slots=True)
class TextFault:
    """Why a text cannot be sent: a message of the catalogue and what stands in its braces."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


def clean(text: str) -> str:
    """The text as it will be sent: composed letters, nothing invisible, no more than one empty line in a row.

    Cleaning twice changes nothing. Lines end with "\\n", a tab is a space, and no line ends with spaces.
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " "))
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", visible(text)))
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def faults(text: str, *, room: int, allowed: Collection[str], any_link: bool) -> tuple[TextFault, ...]:
    """Everything that keeps a text from being sent; none where it may go.

    `room` is how many UTF-16 units fit on the shortest channel, `allowed` the domains anybody may link to with all that
    is below them, `any_link` whether this person may link elsewhere too.
    """
    text = clean(text)
    if not text:
        return (TextFault(mark("Write the text of the announcement: it is empty.")),)
    return (*_unfit(text, room), *_links_refused(text, () if any_link else forbidden_links(text, allowed), allowed))


def _unfit(text: str, room: int) -> Iterator[TextFault]:
    if not any(sign.isalpha() for sign in text):
        yield TextFault(mark("Write the announcement in words: there is not one letter in it."))
    if text.startswith("/"):
        yield TextFault(mark("Begin the text with a word: apps take a text that begins with “/” for a command."))
    length = utf16_units(text)
    if length > room:
        values = {"length": length, "room": room, "over": length - room}
        message = mark("The text is {length} characters long and at most {room} fit. Shorten it by {over}.")
        yield TextFault(message, values)


def _links_refused(text: str, forbidden: tuple[str, ...], allowed: Collection[str]) -> Iterator[TextFault]:
    suspicious = suspicious_links(text)
    for host in suspicious[:NAMED_AT_MOST]:
        message = mark(
            "The address {host} is written with letters that imitate others, or hides where it leads: nobody can send it. "
            "Take it out. If it is no address, put a space after the full stop."
        )
        yield TextFault(message, {"host": host})
    hosts = [host for host in forbidden if host not in suspicious]
    if not hosts:
        return
    values = {"hosts": _listed(hosts), "allowed": _listed(sorted(allowed))}
    if allowed:
        message = mark(
            "Links to {hosts} are not allowed here. Take them out, or ask an administrator to send the announcement. "
            "Allowed: {allowed}. If it is no link, put a space after the full stop."
        )
    else:
        message = mark(
            "Links to {hosts} are not allowed here. Take them out, or ask an administrator to send the announcement. "
            "If it is no link, put a space after the full stop."
        )
    yield TextFault(message, values)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED_AT_MOST]) + (", …" if len(names) > NAMED_AT_MOST else "")


# --- links ---


def links(text: str) -> tuple[str, ...]:
    """Where the things lead that apps make something to tap, in small letters, each once, in order.

    A host ("dienbien.gov.vn", punycode decoded), a name ("@some_bot"), or scheme and host where an app other than the
    browser is opened ("tg://resolve"). Rather one too many than one too few: apps differ in what they recognise.
    """
    return tuple(dict.fromkeys(host for host, _ in _found(text)))


def forbidden_links(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The links that lead neither to an allowed domain nor below one: "gov.vn" allows "dienbien.gov.vn"."""
    return tuple(host for host in links(text) if not any(_covers(domain, host) for domain in allowed))


def suspicious_links(text: str) -> tuple[str, ...]:
    """The links made to look like another: letters beyond a to z, a user name before the host, a number for a host."""
    return tuple(dict.fromkeys(host for host, hidden in _found(text) if hidden or _imitates(host)))


def _covers(domain: str, host: str) -> bool:
    domain = domain.strip().lower().strip(".")
    if host.startswith("@") or "://" in host:
        return host == domain
    return f".{host}".endswith(f".{domain}")


def _imitates(host: str) -> bool:
    host = host.rpartition("://")[2]
    return not host.isascii() or "xn--" in host or ":" in host or _NUMERIC.fullmatch(host) is not None


_WORD = r"\w\-\u0300-\u036f\u064b-\u065f\u0900-\u0eff"  # letters, and marks on letters of other scripts
_SIGN = r"\u2190-\u2bff\U0001f000-\U0001faff"  # "👉bit.ly" is a hand and a host, but "👉.ws" is a host
_LABEL = rf"(?:(?<![{_WORD}])[{_WORD}]++|(?<![{_SIGN}])[{_SIGN}]++)"
_DOTTED = rf"{_LABEL}(?:\.{_LABEL})+"
_BRACKETS = r"""\s<>(){}"'`“”‘’«»,;"""
_ADDRESS = re.compile(
    rf"""
      (?P<scheme>[a-z][a-z0-9+.-]{{1,30}}):[/\\]{{2,}}(?P<authority>[^/\\?\#{_BRACKETS}]*)
    | (?<!\w)@(?P<name>[a-z][a-z0-9_]{{3,31}})(?!\w)
    | (?P<www>(?<![{_WORD}])www[0-9]?\.{_LABEL}(?:\.{_LABEL})*)
    | [\w.+%-]{{1,64}}@(?P<mail>{_LABEL}(?:\.{_LABEL})*\.[a-z]{{2,}}(?![{_WORD}]))
    | (?P<bare>{_DOTTED})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REST = re.compile(rf"(?::[0-9]+)?(?:/[^{_BRACKETS}]*|[?#]\w[^{_BRACKETS}]*)?")  # port and path
_HOST = re.compile(rf"\[([0-9a-f:.]+)\]|([{_WORD}{_SIGN}.]+)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)(?:\.(?:[0-9]+|0x[0-9a-f]*))*")  # 3627734734 is an address too
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_QUAD = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_MONEY = re.compile(r"\s*(?:đồng|đ\b|vnđ|vnd|₫)", re.IGNORECASE)
_WIDE_STOP = re.compile(r"。(?=[A-Za-z0-9])")  # browsers read it as a dot
_SYLLABLE = re.compile(r"(?=.?[aeiouy])[A-Z][a-z]|Xin")  # a top-level domain that is also how a sentence begins


def _found(text: str) -> Iterator[tuple[str, bool]]:
    """(where it leads, whether that is hidden behind something else), in order, with repeats."""
    text = unicodedata.normalize("NFKC", re.sub("[\ufe0e\ufe0f]", "", clean(text)))
    text = _WIDE_STOP.sub(".", text)
    position = path_end = 0
    while found := _ADDRESS.search(text, position):
        position = found.end()
        host, hidden = "", False
        if found["scheme"]:  # also inside a path: that is how one site forwards to another
            host, hidden = _behind(found["scheme"].lower(), found["authority"])
        elif found.start() < path_end:
            continue
        elif found["name"]:
            yield "@" + found["name"].lower(), False
            position = found.start("name")
            continue
        elif found["www"] or found["mail"]:
            host = found["www"] or _bare(found["mail"], opened=False) or found["mail"]
        else:
            host = _bare(found["bare"], opened=_rest_end(text, position) > position)
            if _QUAD.fullmatch(found["bare"]) and not _MONEY.match(text, position):
                host = found["bare"]
        if host := _plain(host):
            path_end = max(path_end, position) if found.start() < path_end else _rest_end(text, position)
            yield host, hidden


def _rest_end(text: str, position: int) -> int:
    """Where the port and path that follow a host end; `position` where there are none."""
    rest = _REST.match(text, position)
    return rest.end() if rest else position


def _behind(scheme: str, authority: str) -> tuple[str, bool]:
    """The host of an address with a scheme, and whether it is hidden: https://dienbien.gov.vn@evil.com is evil.com."""
    _, at, last = authority.rpartition("@")
    found = _HOST.match(unicodedata.normalize("NFKC", unquote(last)))
    host = (found[1] or found[2]) if found else ""
    if not scheme.endswith(("http", "https", "ftp")):
        host = f"{scheme}://{_plain(host)}"
    return host, bool(at) or "%" in last


def _bare(dotted: str, *, opened: bool) -> str:
    """What apps take for a host in words joined by full stops, "" where it is prose; `opened`: a port or path follows."""
    labels = dotted.split(".")
    ends = [end for end in range(1, len(labels)) if _top_level(labels[end])]
    if not ends:
        return ""
    if opened:
        return dotted
    last = ends[-1]
    if len(ends) == 1 and _begins_sentence(labels[last - 1], labels[last]):
        return ""
    return ".".join([*labels[:last], _top_level(labels[last])])


def _top_level(label: str) -> str:
    """The top-level domain that a label is or begins with, "" for none."""
    if label.lower().startswith("xn--"):
        return label
    head = re.split("[-_]", label, maxsplit=1)[0]
    if head.lower() in _TOP_LEVEL:
        return head
    foreign = any(sign.isalpha() and not unicodedata.name(sign, "").startswith("LATIN") for sign in head)
    return head if foreign and len(head) > 1 and not any(sign.isdigit() for sign in head) else ""


def _begins_sentence(before: str, label: str) -> bool:
    """A space is missing after a full stop: "họp.Ai", "con.Ba", "2.Do". Telegram makes no link of these either."""
    latin = all(unicodedata.name(sign, "").startswith("LATIN") for sign in before)
    word = before.isdigit() or len(before) <= 3 or (latin and not before.isascii())
    return word and _SYLLABLE.fullmatch(label) is not None


def _plain(host: str) -> str:
    """A host as it is compared: small letters, no stray dots, punycode decoded."""
    if "://" in host:
        return host
    return ".".join(_decoded(label) for label in host.lower().strip("._-").split(".") if label)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return name if not name.isascii() and name.isprintable() else label  # "xn--gov-" is not "gov"


# The top-level domains of IANA's root zone of 3 October 2026; those in other scripts are recognised by their letters.
_IANA = """
    aaa aarp abb abbott abbvie abc able abogado abudhabi ac academy accenture accountant accountants aco actor ad ads adult ae
    aeg aero aetna af afl africa ag agakhan agency ai aig airbus airforce airtel akdn al alibaba alipay allfinanz allstate ally
    alsace alstom am amazon americanexpress americanfamily amex amfam amica amsterdam analytics android anquan anz ao aol
    apartments app apple aq aquarelle ar arab aramco archi army arpa art arte as asda asia associates at athleta attorney au
    auction audi audible audio auspost author auto autos aw aws ax axa az azure ba baby baidu banamex band bank bar barcelona
    barclaycard barclays barefoot bargains baseball basketball bauhaus bayern bb bbc bbt bbva bcg bcn bd be beats beauty beer
    berlin best bestbuy bet bf bg bh bharti bi bible bid bike bing bingo bio biz bj black blackfriday blockbuster blog
    bloomberg blue bm bms bmw bn bnpparibas bo boats boehringer bofa bom bond boo book booking bosch bostik boston bot boutique
    box br bradesco bridgestone broadway broker brother brussels bs bt build builders business buy buzz bv bw by bz bzh ca cab
    cafe cal call calvinklein cam camera camp canon capetown capital capitalone car caravan cards care career careers cars casa
    case cash casino cat catering catholic cba cbn cbre cc cd center ceo cern cf cfa cfd cg ch chanel channel charity chase
    chat cheap chintai christmas chrome church ci cipriani circle cisco citadel citi citic city ck cl claims cleaning click
    clinic clinique clothing cloud club clubmed cm cn co coach codes coffee college cologne com commbank community company
    compare computer comsec condos construction consulting contact contractors cooking cool coop corsica country coupon coupons
    courses cpa cr credit creditcard creditunion cricket crown crs cruise cruises cu cuisinella cv cw cx cy cymru cyou cz dad
    dance data date dating datsun day dclk dds de deal dealer deals degree delivery dell deloitte delta democrat dental dentist
    desi design dev dhl diamonds diet digital direct directory discount discover dish diy dj dk dm dnp do docs doctor dog
    domains dot download drive dtv dubai dupont durban dvag dvr dz earth eat ec eco edeka edu education ee eg email emerck
    energy engineer engineering enterprises epson equipment er ericsson erni es esq estate et eu eurovision eus events exchange
    expert exposed express extraspace fage fail fairwinds faith family fan fans farm farmers fashion fast fedex feedback
    ferrari ferrero fi fidelity fido film final finance financial fire firestone firmdale fish fishing fit fitness fj fk flickr
    flights flir florist flowers fly fm fo foo food football ford forex forsale forum foundation fox fr free fresenius frl
    frogans frontier ftr fujitsu fun fund furniture futbol fyi ga gal gallery gallo gallup game games gap garden gay gb gbiz gd
    gdn ge gea gent genting george gf gg ggee gh gi gift gifts gives giving gl glass gle global globo gm gmail gmbh gmo gmx gn
    godaddy gold goldpoint golf goodyear goog google gop got gov gp gq gr grainger graphics gratis green gripe grocery group gs
    gt gu gucci guge guide guitars guru gw gy hair hamburg hangout haus hbo hdfc hdfcbank health healthcare help helsinki here
    hermes hiphop hisamitsu hitachi hiv hk hkt hm hn hockey holdings holiday homedepot homegoods homes homesense honda horse
    hospital host hosting hot hotels hotmail house how hr hsbc ht hu hughes hyatt hyundai ibm icbc ice icu id ie ieee ifm ikano
    il im imamat imdb immo immobilien in inc industries infiniti info ing ink institute insurance insure int international
    intuit investments io ipiranga iq ir irish is ismaili ist istanbul it itau itv jaguar java jcb je jeep jetzt jewelry jio
    jll jm jmp jnj jo jobs joburg jot joy jp jpmorgan jprs juegos kaufen kddi ke kerryhotels kerryproperties kfh kg kh ki kia
    kids kim kindle kitchen kiwi km kn koeln komatsu kosher kp kpmg kpn kr krd kred kuokgroup kw ky kyoto kz la lacaixa
    lamborghini lamer land landrover lanxess lasalle lat latino latrobe law lawyer lb lc lds lease leclerc lefrak legal lego
    lexus lgbt li lidl life lifeinsurance lifestyle lighting like lilly limited limo lincoln link live living lk llc llp loan
    loans locker locus lol london lotte lotto love lpl lplfinancial lr ls lt ltd ltda lu lundbeck luxe luxury lv ly ma madrid
    maif maison makeup man management mango map market marketing markets marriott marshalls mattel mba mc mckinsey md me med
    media meet melbourne meme memorial men menu merck merckmsd mg mh miami microsoft mil mini mint mit mitsubishi mk ml mlb mls
    mm mma mn mo mobi mobile moda moe moi mom monash money monster mormon mortgage moscow moto motorcycles mov movie mp mq mr
    ms msd mt mtn mtr mu museum music mv mw mx my mz na nab nagoya name navy nba nc ne nec net netbank netflix network neustar
    new news next nextdirect nexus nf nfl ng ngo nhk ni nico nike nikon ninja nissan nissay nl no nokia norton now nowruz nowtv
    np nr nra nrw ntt nu nyc nz obi observer office okinawa olayan olayangroup ollo om omega one ong onl online ooo open oracle
    orange org organic origins osaka otsuka ott ovh pa page panasonic paris pars partners parts party pay pccw pe pet pf pfizer
    pg ph pharmacy phd philips phone photo photography photos physio pics pictet pictures pid pin ping pink pioneer pizza pk pl
    place play playstation plumbing plus pm pn pnc pohl poker politie porn post pr praxi press prime pro prod productions prof
    progressive promo properties property protection pru prudential ps pt pub pw pwc py qa qpon quebec quest racing radio re
    read realestate realtor realty recipes red redumbrella rehab reise reisen reit reliance ren rent rentals repair report
    republican rest restaurant review reviews rexroth rich richardli ricoh ril rio rip ro rocks rodeo rogers room rs rsvp ru
    rugby ruhr run rw rwe ryukyu sa saarland safe safety sakura sale salon samsclub samsung sandvik sandvikcoromant sanofi sap
    sarl sas save saxo sb sbi sbs sc scb schaeffler schmidt scholarships school schule schwarz science scot sd se search seat
    secure security seek select sener services seven sew sex sexy sfr sg sh shangrila sharp shell shia shiksha shoes shop
    shopping shouji show si silk sina singles site sj sk ski skin sky skype sl sling sm smart smile sn sncf so soccer social
    softbank software sohu solar solutions song sony soy spa space sport spot sr srl ss st stada staples star statebank
    statefarm stc stcgroup stockholm storage store stream studio study style su sucks supplies supply support surf surgery
    suzuki sv swatch swiss sx sy sydney systems sz tab taipei talk taobao target tatamotors tatar tattoo tax taxi tc tci td tdk
    team tech technology tel temasek tennis teva tf tg th thd theater theatre tiaa tickets tienda tips tires tirol tj tjmaxx
    tjx tk tkmaxx tl tm tmall tn to today tokyo tools top toray toshiba total tours town toyota toys tr trade trading training
    travel travelers travelersinsurance trust trv tt tube tui tunes tushu tv tvs tw tz ua ubank ubs ug uk unicom university uno
    uol ups us uy uz va vacations vana vanguard vc ve vegas ventures verisign versicherung vet vg vi viajes video vig viking
    villas vin vip virgin visa vision viva vivo vlaanderen vn vodka volvo vote voting voto voyage vu wales walmart walter wang
    wanggou watch watches weather weatherchannel web webcam weber website wed wedding weibo weir wf whoswho wien wiki
    williamhill win windows wine winners wme woodside work works world wow ws wtc wtf xbox xerox xihuan xin xxx xyz yachts
    yahoo yamaxun yandex ye yodobashi yoga yokohama you youtube yt yun za zappos zara zero zip zm zone zuerich zw
"""
_TOP_LEVEL = frozenset(_IANA.split())
