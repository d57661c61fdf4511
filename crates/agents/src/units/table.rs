//! The units that are known: names, what they measure, and their exact factors.

use crate::number::Number;

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Base: meter.
    Length,
    /// Base: gram.
    Weight,
    /// Base: kelvin.
    Temperature,
    /// Base: liter.
    Volume,
    /// Base: meter per second.
    Speed,
    /// Base: byte.
    Data,
    /// Base: second.
    Time,
    /// Base: square meter.
    Area,
}

impl Dimension {
    /// The dimension with its article: "a length".
    #[must_use]
    pub fn with_article(self) -> &'static str {
        match self {
            Dimension::Length => "a length",
            Dimension::Weight => "a weight",
            Dimension::Temperature => "a temperature",
            Dimension::Volume => "a volume",
            Dimension::Speed => "a speed",
            Dimension::Data => "an amount of data",
            Dimension::Time => "a time",
            Dimension::Area => "an area",
        }
    }
}

/// A unit: `numerator / denominator` of its dimension's base unit, counted from `zero` (a ratio, in base units; only
/// temperatures have one).
#[derive(Debug, PartialEq)]
pub struct Unit {
    /// Singular, as it is said.
    pub one: &'static str,
    /// Plural, as it is said; also what tells units apart.
    pub many: &'static str,
    /// What it measures.
    pub dimension: Dimension,
    numerator: i128,
    denominator: i128,
    zero: (i128, i128),
    /// Other names, separated by semicolons.
    pub(super) names: &'static str,
}

impl Unit {
    /// `amount` of this unit in the base unit; `None` if it is too large.
    pub(super) fn in_base(&self, amount: Number) -> Option<Number> {
        amount.times(Number::ratio(self.numerator, self.denominator)?)?.plus(Number::ratio(self.zero.0, self.zero.1)?)
    }

    /// `amount` of the base unit in this unit; `None` if it is too large.
    pub(super) fn of_base(&self, amount: Number) -> Option<Number> {
        amount
            .minus(Number::ratio(self.zero.0, self.zero.1)?)?
            .divided_by(Number::ratio(self.numerator, self.denominator)?)
    }
}

/// The unit with that name.
pub(super) fn find(name: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.names.split(';').any(|candidate| candidate == name))
}

/// The unit whose name stands at the start of `words`, the longest name first, and its length in words.
pub(super) fn unit_at(words: &[&str]) -> Option<(&'static Unit, usize)> {
    // "degrees celsius", "degrees in fahrenheit" is no unit.
    let skip = usize::from(matches!(words.first(), Some(&("degrees" | "degree"))));
    if skip == 1 {
        let (unit, len) = longest(&words[1..]).filter(|(unit, _)| unit.dimension == Dimension::Temperature)?;
        return Some((unit, len + 1));
    }
    longest(words)
}

fn longest(words: &[&str]) -> Option<(&'static Unit, usize)> {
    (1..=words.len().min(4)).rev().find_map(|len| {
        let name = words[..len].join(" ");
        // "degrees" alone is settled by its partner, not a name of its own here.
        if name == "degrees" { None } else { find(&name).map(|unit| (unit, len)) }
    })
}

const fn unit(
    dimension: Dimension,
    one: &'static str,
    many: &'static str,
    numerator: i128,
    denominator: i128,
    names: &'static str,
) -> Unit {
    Unit { one, many, dimension, numerator, denominator, zero: (0, 1), names }
}

const fn scale(one: &'static str, numerator: i128, denominator: i128, zero: (i128, i128), names: &'static str) -> Unit {
    Unit { one, many: one, dimension: Dimension::Temperature, numerator, denominator, zero, names }
}

use Dimension::{Area, Data, Length, Speed, Time, Volume, Weight};

/// International yard and pound of 1959, US customary volumes, SI prefixes; times by the civil day.
pub(super) static UNITS: &[Unit] = &[
    unit(Length, "millimeter", "millimeters", 1, 1_000, "mm;millimeter;millimeters;millimetre;millimetres"),
    unit(
        Length,
        "centimeter",
        "centimeters",
        1,
        100,
        "cm;cms;centimeter;centimeters;centimetre;centimetres;centi meters;sent a meters",
    ),
    unit(Length, "meter", "meters", 1, 1, "m;meter;meters;metre;metres"),
    unit(
        Length,
        "kilometer",
        "kilometers",
        1_000,
        1,
        "km;kms;k m;kilometer;kilometers;kilometre;kilometres;kilo meters;kill a meters;kill o meters;klicks",
    ),
    unit(Length, "inch", "inches", 254, 10_000, "in;inch;inches"),
    unit(Length, "foot", "feet", 3_048, 10_000, "ft;foot;feet;feets;foots"),
    unit(Length, "yard", "yards", 9_144, 10_000, "yd;yds;yard;yards"),
    unit(Length, "mile", "miles", 1_609_344, 1_000, "mi;mile;miles"),
    unit(Length, "nautical mile", "nautical miles", 1_852, 1, "nautical mile;nautical miles;sea mile;sea miles"),
    unit(Length, "light year", "light years", 9_460_730_472_580_800, 1, "light year;light years;lightyear;lightyears"),
    unit(Weight, "milligram", "milligrams", 1, 1_000, "mg;milligram;milligrams"),
    unit(Weight, "gram", "grams", 1, 1, "g;gr;gram;grams;gramme;grammes"),
    unit(
        Weight,
        "kilogram",
        "kilograms",
        1_000,
        1,
        "kg;kgs;k g;kilo;kilos;kilogram;kilograms;kilogramme;kilogrammes;kilo grams;key lows",
    ),
    unit(Weight, "metric ton", "metric tons", 1_000_000, 1, "metric ton;metric tons;tonne;tonnes"),
    unit(Weight, "ounce", "ounces", 28_349_523_125, 1_000_000_000, "oz;ounce;ounces"),
    unit(Weight, "pound", "pounds", 45_359_237, 100_000, "lb;lbs;pound;pounds"),
    unit(Weight, "stone", "stone", 635_029_318, 100_000, "stone;stones"),
    unit(Weight, "ton", "tons", 90_718_474, 100, "ton;tons;short ton;short tons"),
    scale("degrees Celsius", 1, 1, (27_315, 100), "c;celsius;centigrade;celcius;sell see us;sell c us;selsius"),
    // One degree is five ninths of a kelvin, and its zero lies 459.67 of them above absolute zero.
    Unit {
        one: "degrees Fahrenheit",
        many: "degrees Fahrenheit",
        dimension: Dimension::Temperature,
        numerator: 5,
        denominator: 9,
        zero: (45_967 * 5, 900),
        names: "f;fahrenheit;farenheit;fair in height;fair and height;fair enough height;far in height;fahren height;fair an height;fair in heit",
    },
    scale("kelvin", 1, 1, (0, 1), "k;kelvin;kelvins"),
    scale("degrees", 1, 1, (27_315, 100), "degrees"),
    unit(Volume, "milliliter", "milliliters", 1, 1_000, "ml;milliliter;milliliters;millilitre;millilitres;mil;mils"),
    unit(Volume, "centiliter", "centiliters", 1, 100, "cl;centiliter;centiliters;centilitre;centilitres"),
    unit(Volume, "deciliter", "deciliters", 1, 10, "dl;deciliter;deciliters;decilitre;decilitres"),
    unit(Volume, "liter", "liters", 1, 1, "l;liter;liters;litre;litres;leader;leaders"),
    unit(
        Volume,
        "teaspoon",
        "teaspoons",
        492_892_159_375,
        100_000_000_000_000,
        "tsp;teaspoon;teaspoons;tea spoon;tea spoons",
    ),
    unit(
        Volume,
        "tablespoon",
        "tablespoons",
        1_478_676_478_125,
        100_000_000_000_000,
        "tbsp;tablespoon;tablespoons;table spoon;table spoons",
    ),
    unit(Volume, "fluid ounce", "fluid ounces", 295_735_295_625, 10_000_000_000_000, "fl oz;fluid ounce;fluid ounces"),
    unit(Volume, "cup", "cups", 2_365_882_365, 10_000_000_000, "cup;cups"),
    unit(Volume, "pint", "pints", 473_176_473, 1_000_000_000, "pt;pint;pints"),
    unit(Volume, "quart", "quarts", 946_352_946, 1_000_000_000, "qt;quart;quarts"),
    unit(Volume, "gallon", "gallons", 3_785_411_784, 1_000_000_000, "gal;gallon;gallons;us gallon;us gallons"),
    unit(
        Volume,
        "imperial gallon",
        "imperial gallons",
        454_609,
        100_000,
        "imperial gallon;imperial gallons;uk gallon;uk gallons",
    ),
    unit(Volume, "cubic meter", "cubic meters", 1_000, 1, "cubic meter;cubic meters;cubic metre;cubic metres"),
    unit(
        Volume,
        "cubic centimeter",
        "cubic centimeters",
        1,
        1_000,
        "cc;ccs;cubic centimeter;cubic centimeters;cubic centimetres",
    ),
    unit(
        Speed,
        "meter per second",
        "meters per second",
        1,
        1,
        "mps;meter per second;meters per second;metres per second;meters a second;metres a second",
    ),
    unit(
        Speed,
        "kilometer per hour",
        "kilometers per hour",
        1_000,
        3_600,
        "kmh;kph;km per hour;km an hour;kilometer per hour;kilometers per hour;kilometres per hour;kilometers an hour;kilometres an hour;kilometer an hour;k p h;k m h",
    ),
    unit(
        Speed,
        "mile per hour",
        "miles per hour",
        1_609_344,
        3_600_000,
        "mph;mile per hour;miles per hour;miles an hour;mile an hour;m p h;mi per hour",
    ),
    unit(Speed, "knot", "knots", 1_852, 3_600, "kn;kt;knot;knots"),
    unit(
        Speed,
        "foot per second",
        "feet per second",
        3_048,
        10_000,
        "fps;foot per second;feet per second;feet a second",
    ),
    unit(Data, "bit", "bits", 1, 8, "bit;bits"),
    unit(Data, "byte", "bytes", 1, 1, "byte;bytes;b"),
    unit(Data, "kilobyte", "kilobytes", 1_000, 1, "kb;kilobyte;kilobytes;kilo bytes"),
    unit(Data, "megabyte", "megabytes", 1_000_000, 1, "mb;meg;megs;megabyte;megabytes;mega bytes"),
    unit(Data, "gigabyte", "gigabytes", 1_000_000_000, 1, "gb;gig;gigs;gigabyte;gigabytes;giga bytes"),
    unit(Data, "terabyte", "terabytes", 1_000_000_000_000, 1, "tb;terabyte;terabytes;tera bytes"),
    unit(Data, "petabyte", "petabytes", 1_000_000_000_000_000, 1, "pb;petabyte;petabytes"),
    unit(Data, "kilobit", "kilobits", 125, 1, "kilobit;kilobits"),
    unit(Data, "megabit", "megabits", 125_000, 1, "megabit;megabits"),
    unit(Data, "gigabit", "gigabits", 125_000_000, 1, "gigabit;gigabits"),
    unit(Data, "kibibyte", "kibibytes", 1_024, 1, "kib;kibibyte;kibibytes"),
    unit(Data, "mebibyte", "mebibytes", 1_048_576, 1, "mib;mebibyte;mebibytes"),
    unit(Data, "gibibyte", "gibibytes", 1_073_741_824, 1, "gib;gibibyte;gibibytes"),
    unit(Time, "millisecond", "milliseconds", 1, 1_000, "ms;millisecond;milliseconds"),
    unit(Time, "second", "seconds", 1, 1, "s;sec;secs;second;seconds"),
    unit(Time, "minute", "minutes", 60, 1, "min;mins;minute;minutes"),
    unit(Time, "hour", "hours", 3_600, 1, "h;hr;hrs;hour;hours"),
    unit(Time, "day", "days", 86_400, 1, "day;days"),
    unit(Time, "week", "weeks", 604_800, 1, "week;weeks"),
    unit(Time, "fortnight", "fortnights", 1_209_600, 1, "fortnight;fortnights"),
    unit(Time, "month", "months", 2_628_000, 1, "month;months"),
    unit(Time, "year", "years", 31_536_000, 1, "year;years"),
    unit(Time, "decade", "decades", 315_360_000, 1, "decade;decades"),
    unit(Time, "century", "centuries", 3_153_600_000, 1, "century;centuries"),
    unit(
        Area,
        "square centimeter",
        "square centimeters",
        1,
        10_000,
        "square centimeter;square centimeters;square centimetres",
    ),
    unit(Area, "square meter", "square meters", 1, 1, "square meter;square meters;square metre;square metres"),
    unit(
        Area,
        "square kilometer",
        "square kilometers",
        1_000_000,
        1,
        "square kilometer;square kilometers;square kilometres",
    ),
    unit(Area, "square inch", "square inches", 64_516, 100_000_000, "square inch;square inches"),
    unit(Area, "square foot", "square feet", 9_290_304, 100_000_000, "square foot;square feet"),
    unit(Area, "square yard", "square yards", 83_612_736, 100_000_000, "square yard;square yards"),
    unit(Area, "square mile", "square miles", 2_589_988_110_336, 1_000_000, "square mile;square miles"),
    unit(Area, "acre", "acres", 40_468_564_224, 10_000_000, "acre;acres"),
    unit(Area, "hectare", "hectares", 10_000, 1, "hectare;hectares"),
];
