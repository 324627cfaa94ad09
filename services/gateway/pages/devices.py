"""What a session is known by: the browser and the system that a user agent names."""

import re

BROWSERS = (
    ("Edg(?:e|A|iOS)?/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X|Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST_NAME = 60


def device(user_agent: str) -> str:
    """Writes « Firefox · Linux »; what is no browser by its own name; empty where nothing is said."""
    browser, system = (named(names, user_agent) for names in (BROWSERS, SYSTEMS))
    if browser:
        return " · ".join(filter(None, (browser, system)))
    return user_agent[:LONGEST_NAME]


def named(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    """Returns the first that fits: browsers also name those that they descend from."""
    return next((name for pattern, name in names if re.search(pattern, user_agent)), "")
