//! What is known by name: abbreviations, units, symbols, emoji, months, tags. Tables only.

/// An abbreviation and how it is said.
pub(super) struct Abbreviation {
    /// As written, without case.
    pub(super) written: &'static str,
    pub(super) spoken: &'static str,
    pub(super) when: When,
}

/// Where an abbreviation is taken for one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Everywhere; its full stop does not end a sentence.
    Always,
    /// Everywhere; it may stand at the end of a sentence.
    MayEnd,
    /// Only before a word with a capital.
    BeforeName,
    /// Only before a number.
    BeforeNumber,
}

const fn abbreviation(written: &'static str, spoken: &'static str, when: When) -> Abbreviation {
    Abbreviation { written, spoken, when }
}

use When::{Always, BeforeName, BeforeNumber, MayEnd};

/// Abbreviations written with a full stop.
pub(super) const ABBREVIATIONS: &[Abbreviation] = &[
    abbreviation("mr.", "Mister", Always),
    abbreviation("mrs.", "Missus", Always),
    abbreviation("ms.", "Ms", BeforeName),
    abbreviation("prof.", "Professor", Always),
    abbreviation("gen.", "General", BeforeName),
    abbreviation("capt.", "Captain", BeforeName),
    abbreviation("lt.", "Lieutenant", BeforeName),
    abbreviation("sgt.", "Sergeant", BeforeName),
    abbreviation("col.", "Colonel", BeforeName),
    abbreviation("sen.", "Senator", BeforeName),
    abbreviation("rep.", "Representative", BeforeName),
    abbreviation("gov.", "Governor", BeforeName),
    abbreviation("rev.", "Reverend", BeforeName),
    abbreviation("hon.", "Honorable", BeforeName),
    abbreviation("mt.", "Mount", BeforeName),
    abbreviation("ft.", "Fort", BeforeName),
    abbreviation("jr.", "Junior", MayEnd),
    abbreviation("sr.", "Senior", MayEnd),
    abbreviation("ave.", "Avenue", MayEnd),
    abbreviation("blvd.", "Boulevard", MayEnd),
    abbreviation("rd.", "Road", MayEnd),
    abbreviation("apt.", "apartment", BeforeNumber),
    abbreviation("e.g.", "for example", Always),
    abbreviation("eg.", "for example", Always),
    abbreviation("i.e.", "that is", Always),
    abbreviation("ie.", "that is", Always),
    abbreviation("etc.", "et cetera", MayEnd),
    abbreviation("vs.", "versus", Always),
    abbreviation("approx.", "approximately", Always),
    abbreviation("cf.", "compare", Always),
    abbreviation("ca.", "circa", BeforeNumber),
    abbreviation("c.", "circa", BeforeNumber),
    abbreviation("al.", "al", Always),
    abbreviation("a.k.a.", "also known as", Always),
    abbreviation("no.", "number", BeforeNumber),
    abbreviation("nos.", "numbers", BeforeNumber),
    abbreviation("nr.", "number", BeforeNumber),
    abbreviation("fig.", "figure", BeforeNumber),
    abbreviation("figs.", "figures", BeforeNumber),
    abbreviation("eq.", "equation", BeforeNumber),
    abbreviation("vol.", "volume", BeforeNumber),
    abbreviation("ch.", "chapter", BeforeNumber),
    abbreviation("sec.", "section", BeforeNumber),
    abbreviation("p.", "page", BeforeNumber),
    abbreviation("pp.", "pages", BeforeNumber),
    abbreviation("inc.", "Incorporated", MayEnd),
    abbreviation("ltd.", "Limited", MayEnd),
    abbreviation("corp.", "Corporation", MayEnd),
    abbreviation("dept.", "department", Always),
    abbreviation("est.", "established", BeforeNumber),
    abbreviation("max.", "maximum", BeforeNumber),
    abbreviation("min.", "minimum", BeforeNumber),
    abbreviation("avg.", "average", Always),
    abbreviation("misc.", "miscellaneous", Always),
    abbreviation("tel.", "telephone", Always),
    abbreviation("temp.", "temporary", BeforeName),
    abbreviation("ext.", "extension", BeforeNumber),
    abbreviation("incl.", "including", Always),
    abbreviation("excl.", "excluding", Always),
    abbreviation("resp.", "respectively", Always),
    abbreviation("ph.d.", "P H D", MayEnd),
    abbreviation("mon.", "Monday", Always),
    abbreviation("tue.", "Tuesday", Always),
    abbreviation("tues.", "Tuesday", Always),
    abbreviation("wed.", "Wednesday", Always),
    abbreviation("thu.", "Thursday", Always),
    abbreviation("thurs.", "Thursday", Always),
    abbreviation("fri.", "Friday", Always),
];

/// Whole words, exactly as written, that are said as something else.
const WORDS: &[(&str, &str)] = &[
    ("vs", "versus"),
    ("aka", "also known as"),
    ("AKA", "also known as"),
    ("eg", "for example"),
    ("approx", "approximately"),
    ("OK", "okay"),
    ("Ok", "okay"),
    ("ok", "okay"),
    ("Mr", "Mister"),
    ("Mrs", "Missus"),
    ("Dr", "Doctor"),
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("k8s", "kubernetes"),
    ("K8s", "kubernetes"),
    ("i18n", "internationalization"),
    ("l10n", "localization"),
    ("a11y", "accessibility"),
    ("stdin", "standard in"),
    ("stdout", "standard out"),
    ("stderr", "standard error"),
    ("SQLite", "SQLite"),
    ("LaTeX", "LaTeX"),
    ("PhD", "P H D"),
    ("TBD", "to be decided"),
    ("TODO", "to do"),
    ("FIXME", "fix me"),
    ("WIP", "work in progress"),
    ("e-mail", "email"),
    ("E-mail", "Email"),
    ("24/7", "twenty four seven"),
    ("w/o", "without"),
    ("w/", "with"),
    ("b/c", "because"),
    ("n/a", "not applicable"),
    ("N/A", "not applicable"),
    ("and/or", "and or"),
    ("C++", "C plus plus"),
    ("c++", "C plus plus"),
    ("C#", "C sharp"),
    ("c#", "C sharp"),
    ("F#", "F sharp"),
    (".NET", "dot net"),
    ("I/O", "I O"),
    ("TCP/IP", "TCP I P"),
    ("CI/CD", "C I C D"),
    ("A/B", "A B"),
    ("+/-", "plus or minus"),
    ("&&", "and"),
    ("||", "or"),
    ("localhost", "local host"),
];

/// How a word that is said otherwise than written is said.
pub(super) fn special_word(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(written, _)| *written == word).map(|(_, spoken)| *spoken)
}

/// Words of two and three letters that are words even in capitals.
const SHORT_WORDS: &[&str] = &[
    "AN", "AS", "AT", "BE", "BY", "DO", "GO", "HE", "IF", "IN", "IS", "ME", "MY", "NO", "OF", "ON", "OR", "SO", "TO",
    "UP", "WE", "ALL", "AND", "ANY", "ARE", "BUT", "CAN", "DID", "FOR", "GET", "HAS", "HER", "HIM", "HIS", "HOW",
    "ITS", "LET", "MAY", "NEW", "NOT", "NOW", "OFF", "OUR", "OUT", "OWN", "SEE", "SHE", "THE", "TOO", "TWO", "USE",
    "WAS", "WAY", "WHY", "YES", "YET", "YOU", "BAD", "BIG", "RUN", "SET", "ADD", "ONE", "END", "OH", "MR",
];

pub(super) fn is_short_word(word: &str) -> bool {
    SHORT_WORDS.contains(&word)
}

const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];

/// The name of month `number` (1 to 12).
pub(super) fn month(number: usize) -> Option<&'static str> {
    MONTHS.get(number.checked_sub(1)?).map(|(_, name)| *name)
}

/// The month that a word names, in full or short: "Nov", "Sept", "November".
pub(super) fn month_named(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    MONTHS
        .iter()
        .find(|(short, name)| {
            lower == *short || lower == name.to_ascii_lowercase() || (lower == "sept" && *short == "sep")
        })
        .map(|(_, name)| *name)
}

/// A unit: as written, one of it, many of it, and whether it counts with a space before it.
pub(super) struct Unit {
    pub(super) written: &'static str,
    pub(super) one: &'static str,
    pub(super) many: &'static str,
    pub(super) spaced: bool,
}

const fn unit(written: &'static str, one: &'static str, many: &'static str) -> Unit {
    Unit { written, one, many, spaced: true }
}

const fn attached(written: &'static str, one: &'static str, many: &'static str) -> Unit {
    Unit { written, one, many, spaced: false }
}

const UNITS: &[Unit] = &[
    unit("%", "percent", "percent"),
    unit("\u{2030}", "per mille", "per mille"),
    unit("km", "kilometer", "kilometers"),
    unit("m", "meter", "meters"),
    unit("cm", "centimeter", "centimeters"),
    unit("mm", "millimeter", "millimeters"),
    unit("\u{3BC}m", "micrometer", "micrometers"),
    unit("nm", "nanometer", "nanometers"),
    unit("mi", "mile", "miles"),
    unit("ft", "foot", "feet"),
    unit("yd", "yard", "yards"),
    unit("kg", "kilogram", "kilograms"),
    unit("g", "gram", "grams"),
    unit("mg", "milligram", "milligrams"),
    unit("\u{3BC}g", "microgram", "micrograms"),
    unit("lb", "pound", "pounds"),
    unit("lbs", "pound", "pounds"),
    unit("oz", "ounce", "ounces"),
    unit("l", "liter", "liters"),
    unit("L", "liter", "liters"),
    unit("ml", "milliliter", "milliliters"),
    unit("mL", "milliliter", "milliliters"),
    unit("s", "second", "seconds"),
    unit("sec", "second", "seconds"),
    unit("secs", "second", "seconds"),
    unit("ms", "millisecond", "milliseconds"),
    unit("\u{3BC}s", "microsecond", "microseconds"),
    unit("us", "microsecond", "microseconds"),
    unit("ns", "nanosecond", "nanoseconds"),
    unit("min", "minute", "minutes"),
    unit("mins", "minute", "minutes"),
    unit("h", "hour", "hours"),
    unit("hr", "hour", "hours"),
    unit("hrs", "hour", "hours"),
    attached("d", "day", "days"),
    attached("w", "week", "weeks"),
    unit("kHz", "kilohertz", "kilohertz"),
    unit("Hz", "hertz", "hertz"),
    unit("MHz", "megahertz", "megahertz"),
    unit("GHz", "gigahertz", "gigahertz"),
    unit("kB", "kilobyte", "kilobytes"),
    unit("KB", "kilobyte", "kilobytes"),
    unit("MB", "megabyte", "megabytes"),
    unit("GB", "gigabyte", "gigabytes"),
    unit("TB", "terabyte", "terabytes"),
    unit("PB", "petabyte", "petabytes"),
    unit("KiB", "kibibyte", "kibibytes"),
    unit("MiB", "mebibyte", "mebibytes"),
    unit("GiB", "gibibyte", "gibibytes"),
    unit("TiB", "tebibyte", "tebibytes"),
    unit("kbps", "kilobit per second", "kilobits per second"),
    unit("Kbps", "kilobit per second", "kilobits per second"),
    unit("Mbps", "megabit per second", "megabits per second"),
    unit("Gbps", "gigabit per second", "gigabits per second"),
    unit("Mbit", "megabit", "megabits"),
    unit("mph", "mile per hour", "miles per hour"),
    unit("kph", "kilometer per hour", "kilometers per hour"),
    unit("fps", "frame per second", "frames per second"),
    unit("rpm", "revolution per minute", "revolutions per minute"),
    unit("RPM", "revolution per minute", "revolutions per minute"),
    unit("px", "pixel", "pixels"),
    unit("pt", "point", "points"),
    unit("dB", "decibel", "decibels"),
    unit("kW", "kilowatt", "kilowatts"),
    unit("MW", "megawatt", "megawatts"),
    unit("W", "watt", "watts"),
    unit("kWh", "kilowatt hour", "kilowatt hours"),
    unit("V", "volt", "volts"),
    unit("mV", "millivolt", "millivolts"),
    unit("kV", "kilovolt", "kilovolts"),
    unit("mA", "milliamp", "milliamps"),
    unit("mAh", "milliamp hour", "milliamp hours"),
    unit("\u{3A9}", "ohm", "ohms"),
    unit("k\u{3A9}", "kiloohm", "kiloohms"),
    unit("N", "newton", "newtons"),
    unit("J", "joule", "joules"),
    unit("kJ", "kilojoule", "kilojoules"),
    unit("cal", "calorie", "calories"),
    unit("kcal", "kilocalorie", "kilocalories"),
    unit("Pa", "pascal", "pascals"),
    unit("kPa", "kilopascal", "kilopascals"),
    unit("hPa", "hectopascal", "hectopascals"),
    unit("psi", "pound per square inch", "pounds per square inch"),
    unit("ha", "hectare", "hectares"),
    unit("\u{B0}C", "degree Celsius", "degrees Celsius"),
    unit("\u{B0}F", "degree Fahrenheit", "degrees Fahrenheit"),
    unit("\u{B0}", "degree", "degrees"),
    unit("\u{20AC}", "euro", "euros"),
    unit("\u{A3}", "pound", "pounds"),
    unit("\u{A5}", "yen", "yen"),
    unit("\u{A2}", "cent", "cents"),
    unit("$", "dollar", "dollars"),
    unit("USD", "dollar", "dollars"),
    unit("EUR", "euro", "euros"),
    unit("GBP", "pound", "pounds"),
    unit("JPY", "yen", "yen"),
    unit("CHF", "Swiss franc", "Swiss francs"),
    attached("x", "time", "times"),
    attached("X", "time", "times"),
    attached("k", "thousand", "thousand"),
    attached("K", "K", "K"),
    attached("M", "million", "million"),
    attached("B", "billion", "billion"),
    attached("bn", "billion", "billion"),
    attached("p", "P", "P"),
    attached("\"", "inch", "inches"),
];

/// The unit written so; `spaced` if a space stands before it.
pub(super) fn unit_named(written: &str, spaced: bool) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.written == written && (unit.spaced || !spaced))
}

/// One, many, one hundredth, many hundredths of a currency.
pub(super) fn currency(symbol: char) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    Some(match symbol {
        '$' => ("dollar", "dollars", "cent", "cents"),
        '\u{20AC}' => ("euro", "euros", "cent", "cents"),
        '\u{A3}' => ("pound", "pounds", "penny", "pence"),
        '\u{A5}' => ("yen", "yen", "sen", "sen"),
        '\u{20B9}' => ("rupee", "rupees", "paisa", "paise"),
        '\u{20A9}' => ("won", "won", "jeon", "jeon"),
        '\u{20BD}' => ("ruble", "rubles", "kopeck", "kopecks"),
        '\u{20BF}' => ("bitcoin", "bitcoins", "cent", "cents"),
        _ => return None,
    })
}

/// A symbol's word when it stands for a word wherever it is met.
pub(super) fn symbol(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "and",
        '@' => "at",
        '+' => "plus",
        '=' => "equals",
        '%' => "percent",
        '\u{2030}' => "per mille",
        '\u{D7}' => "times",
        '\u{F7}' => "divided by",
        '\u{B1}' => "plus or minus",
        '\u{2248}' | '\u{223C}' => "about",
        '\u{2260}' => "is not equal to",
        '\u{2261}' => "is identical to",
        '\u{2264}' => "is at most",
        '\u{2265}' => "is at least",
        '\u{2192}' | '\u{21D2}' | '\u{27F6}' | '\u{2794}' | '\u{279C}' | '\u{27A1}' => "to",
        '\u{2190}' | '\u{21D0}' => "from",
        '\u{2194}' | '\u{21D4}' => "both ways",
        '\u{2191}' => "up",
        '\u{2193}' => "down",
        '\u{221A}' => "square root of",
        '\u{221E}' => "infinity",
        '\u{2211}' => "the sum of",
        '\u{222B}' => "the integral of",
        '\u{2202}' => "partial",
        '\u{2208}' => "in",
        '\u{2200}' => "for all",
        '\u{2203}' => "there is",
        '\u{2227}' => "and",
        '\u{2228}' => "or",
        '\u{AC}' => "not",
        '\u{A7}' => "section",
        '\u{B0}' => "degrees",
        '\u{A9}' => "copyright",
        '\u{2713}' | '\u{2714}' | '\u{2705}' | '\u{2611}' => "check mark",
        '\u{2717}' | '\u{2718}' | '\u{274C}' | '\u{2716}' => "cross mark",
        _ => return None,
    })
}

/// The name of a common emoji; the others are decoration.
pub(super) fn emoji(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{1F44D}' => "thumbs up",
        '\u{1F44E}' => "thumbs down",
        '\u{1F44B}' => "waving hand",
        '\u{1F44F}' => "clapping hands",
        '\u{1F64F}' => "folded hands",
        '\u{1F44C}' => "okay",
        '\u{1F4AA}' => "strong arm",
        '\u{1F91D}' => "handshake",
        '\u{1F600}' | '\u{1F601}' | '\u{1F603}' | '\u{1F604}' | '\u{1F606}' | '\u{1F60A}' | '\u{1F642}'
        | '\u{263A}' => "smile",
        '\u{1F605}' => "nervous smile",
        '\u{1F602}' | '\u{1F923}' => "laughing",
        '\u{1F609}' => "wink",
        '\u{1F60D}' => "heart eyes",
        '\u{1F60E}' => "sunglasses",
        '\u{1F914}' => "thinking",
        '\u{1F622}' | '\u{1F62D}' => "crying",
        '\u{1F61E}' | '\u{2639}' | '\u{1F641}' => "sad face",
        '\u{1F620}' | '\u{1F621}' => "angry face",
        '\u{1F62E}' | '\u{1F632}' => "surprised face",
        '\u{1F631}' => "scream",
        '\u{1F937}' => "shrug",
        '\u{2764}' | '\u{2665}' | '\u{1F499}' | '\u{1F49A}' | '\u{1F49B}' | '\u{1F49C}' | '\u{1F9E1}' => "heart",
        '\u{1F494}' => "broken heart",
        '\u{1F389}' | '\u{1F38A}' => "hooray",
        '\u{1F525}' => "fire",
        '\u{1F680}' => "rocket",
        '\u{26A0}' => "warning",
        '\u{1F6A8}' => "alarm",
        '\u{1F41B}' => "bug",
        '\u{1F4A1}' => "idea",
        '\u{2B50}' | '\u{1F31F}' => "star",
        '\u{1F6D1}' => "stop",
        '\u{1F7E2}' => "green",
        '\u{1F7E1}' => "yellow",
        '\u{1F534}' => "red",
        '\u{2600}' => "sun",
        '\u{1F327}' => "rain",
        '\u{2615}' => "coffee",
        _ => return None,
    })
}

/// The name of a Greek letter.
pub(super) fn greek(c: char) -> Option<&'static str> {
    const NAMES: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];
    let lower = c.to_lowercase().next()? as u32;
    NAMES.get(usize::try_from(lower.checked_sub(0x3B1)?).ok()?).copied()
}

/// The text of a named or numbered HTML entity (without `&` and `;`).
pub(super) fn entity(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" | "#38" => "&",
        "lt" | "#60" => "<",
        "gt" | "#62" => ">",
        "quot" | "#34" | "ldquo" | "rdquo" => "\"",
        "apos" | "#39" | "#x27" | "lsquo" | "rsquo" => "'",
        "nbsp" | "#160" => " ",
        "mdash" => "\u{2014}",
        "ndash" => "\u{2013}",
        "hellip" => "...",
        "rarr" => "\u{2192}",
        "times" => "\u{D7}",
        "deg" => "\u{B0}",
        "copy" | "reg" | "trade" | "shy" => "",
        _ => return None,
    })
}

const BLOCK_TAGS: &[&str] = &[
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "pre",
    "details",
    "summary",
    "section",
    "article",
    "header",
    "footer",
    "dt",
    "dd",
];

const INLINE_TAGS: &[&str] = &[
    "a", "b", "i", "u", "s", "em", "strong", "code", "span", "img", "sub", "sup", "small", "mark", "del", "ins", "kbd",
    "td", "th", "thead", "tbody", "html", "body", "head", "title", "script", "style", "button", "input", "label",
    "form", "font", "center", "var", "samp", "q", "cite", "abbr", "svg", "video", "audio", "iframe", "nav", "main",
    "dl", "tt",
];

/// Whether a tag ends a stretch of speech.
pub(super) fn is_block_tag(name: &str) -> bool {
    BLOCK_TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

/// Whether a name is that of an HTML element.
pub(super) fn is_html_tag(name: &str) -> bool {
    is_block_tag(name) || INLINE_TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}
