//! Simple sums as they are spoken: "twelve times seven and a half", "twenty percent of eighty", "the square root of 144".
//!
//! A recursive-descent parser over words with the usual precedence, then an evaluator. The whole row of words has to make sense:
//! one word it does not know, and it is not a sum. It knows nothing of politeness beyond a few words around the sum
//! ("what is … equal to"), and nothing of units.

mod parser;

use std::fmt;

use crate::number::{Number, SPEAKABLE_MAX};
use parser::Parser;

/// Longest row of words that is tried; a longer one is no spoken sum.
pub const WORDS_MAX: usize = 60;

/// Words that may stand before a sum.
const BEFORE: &[&str] = &[
    "what",
    "is",
    "are",
    "how",
    "much",
    "many",
    "calculate",
    "compute",
    "evaluate",
    "solve",
    "work",
    "out",
    "the",
    "answer",
    "to",
    "result",
    "of",
    "do",
    "does",
    "you",
    "get",
    "if",
    "i",
    "we",
    "when",
    "make",
    "makes",
    "give",
    "figure",
    "value",
    "equals",
    "equal",
    "would",
    "be",
    "for",
    "me",
    "find",
    "math",
    "sum",
    "will",
    "can",
    "tell",
    "number",
    "and",
    "then",
    "about",
    "got",
    "in",
    "total",
    "take",
    "raise",
    "sums",
    "problem",
];
/// Words that may stand after a sum.
const AFTER: &[&str] = &[
    "equals",
    "equal",
    "make",
    "makes",
    "come",
    "comes",
    "to",
    "give",
    "gives",
    "is",
    "be",
    "total",
    "in",
    "all",
    "altogether",
    "what",
    "then",
    "exactly",
    "roughly",
    "approximately",
    "together",
    "right",
    "how",
    "much",
    "the",
    "answer",
    "result",
    "are",
    "do",
    "get",
    "you",
    "i",
    "we",
    "would",
    "that",
    "for",
    "me",
    "add",
    "up",
];

/// Why a sum has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something is divided by zero.
    DivisionByZero,
    /// The square root of a negative number.
    NegativeRoot,
    /// The factorial of something that is not a whole number from 0 to 170.
    Factorial,
    /// The result is larger than what numbers have names for.
    TooLarge,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::DivisionByZero => "division by zero",
            Trouble::NegativeRoot => "square root of a negative number",
            Trouble::Factorial => "factorial of something else than a small whole number",
            Trouble::TooLarge => "result too large to say",
        })
    }
}

/// A sum that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    root: Expr,
}

#[derive(Clone, Debug, PartialEq)]
enum Expr {
    Value(Number),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    /// So many percent: the inner value by a hundred.
    Percent(Box<Expr>),
    /// So many percent off something.
    PercentOff(Box<Expr>, Box<Expr>),
    /// What percentage the first is of the second.
    Percentage(Box<Expr>, Box<Expr>),
    Root(u32, Box<Expr>),
    Power(Box<Expr>, Box<Expr>),
    Factorial(Box<Expr>),
    Average(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Plus,
    Minus,
    Times,
    Divided,
    Modulo,
    /// A multiplication said as "of" ("half of ten").
    Of,
}

/// Reads a sum out of `words` (lower case, no punctuation; operators may be the signs themselves).
///
/// `None` if the words are not a sum, hold a word that does not belong, or are a bare number.
///
/// ```
/// use baton_agents::{arithmetic, numbers::words_of};
/// let sum = arithmetic::parse(&words_of("what is twelve times seven and a half")).unwrap();
/// assert_eq!(sum.evaluate().unwrap().to_f64(), 90.0);
/// assert_eq!(sum.to_string(), "12 times 7.5");
/// ```
#[must_use]
pub fn parse<S: AsRef<str>>(words: &[S]) -> Option<Sum> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.len() > WORDS_MAX {
        return None;
    }
    // Without a question around them two numbers with "and" between are just two numbers.
    let asks = words.iter().any(|word| matches!(*word, "what" | "equals" | "equal" | "make" | "makes"));
    for start in 0..words.len() {
        let mut parser = Parser { words: &words, at: start, joins: start > 0 || asks };
        if let Some(root) = parser.whole()
            && !root.is_bare()
            && words[parser.at..].iter().all(|word| AFTER.contains(word))
        {
            return Some(Sum { root });
        }
        if !BEFORE.contains(&words[start]) {
            return None;
        }
    }
    None
}

/// Every word that belongs to the language of sums, numbers apart.
pub(crate) fn vocabulary() -> impl Iterator<Item = &'static str> {
    let operators = [
        "times",
        "multiplied",
        "multiply",
        "divided",
        "divide",
        "minus",
        "subtract",
        "subtracted",
        "percent",
        "percentage",
        "square",
        "squared",
        "cubed",
        "product",
        "difference",
        "quotient",
        "average",
        "remainder",
        "double",
        "twice",
        "triple",
        "power",
        "factorial",
        "modulo",
        "raised",
        "added",
        "split",
        "shared",
        "negative",
    ];
    BEFORE.iter().chain(AFTER).copied().chain(operators)
}

impl Sum {
    /// The value of the sum.
    ///
    /// # Errors
    /// [`Trouble`] if there is no answer, or none that can be said.
    pub fn evaluate(&self) -> Result<Number, Trouble> {
        let value = evaluate(&self.root)?;
        if value.to_f64().abs() >= SPEAKABLE_MAX { Err(Trouble::TooLarge) } else { Ok(value) }
    }

    /// True if the value is a percentage (the answer to "what percent of 80 is 20").
    #[must_use]
    pub fn asks_percentage(&self) -> bool {
        matches!(self.root, Expr::Percentage(..))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Value(value) => f.write_str(&value_text(*value)),
            Expr::Binary(operator, left, right) => {
                let word = match operator {
                    Operator::Plus => "plus",
                    Operator::Minus => "minus",
                    Operator::Times => "times",
                    Operator::Divided => "divided by",
                    Operator::Modulo => "modulo",
                    Operator::Of => "of",
                };
                match (operator, &**left) {
                    (Operator::Of, Expr::Value(value)) => {
                        write!(f, "{} of {right}", fraction_text(*value).unwrap_or_else(|| value_text(*value)))
                    }
                    _ => write!(f, "{left} {word} {right}"),
                }
            }
            Expr::Negative(inner) => write!(f, "minus {inner}"),
            Expr::Percent(inner) => write!(f, "{inner} percent"),
            Expr::PercentOff(percent, whole) => write!(f, "{whole} less {percent} percent"),
            Expr::Percentage(part, whole) => write!(f, "{part} out of {whole}"),
            Expr::Root(3, inner) => write!(f, "the cube root of {inner}"),
            Expr::Root(_, inner) => write!(f, "the square root of {inner}"),
            Expr::Power(base, exponent) => match **exponent {
                Expr::Value(value) if value == Number::integer(2) => write!(f, "{base} squared"),
                Expr::Value(value) if value == Number::integer(3) => write!(f, "{base} cubed"),
                _ => write!(f, "{base} to the power of {exponent}"),
            },
            Expr::Factorial(inner) => write!(f, "{inner} factorial"),
            Expr::Average(parts) => {
                f.write_str("the average of ")?;
                for (index, part) in parts.iter().enumerate() {
                    let gap = if index == 0 {
                        ""
                    } else if index + 1 == parts.len() {
                        " and "
                    } else {
                        ", "
                    };
                    write!(f, "{gap}{part}")?;
                }
                Ok(())
            }
        }
    }
}

impl Expr {
    /// True for a number alone, which is no sum.
    fn is_bare(&self) -> bool {
        match self {
            Expr::Value(_) => true,
            Expr::Negative(inner) | Expr::Percent(inner) => inner.is_bare(),
            Expr::Binary(..)
            | Expr::PercentOff(..)
            | Expr::Percentage(..)
            | Expr::Root(..)
            | Expr::Power(..)
            | Expr::Factorial(_)
            | Expr::Average(_) => false,
        }
    }
}

/// A number as it is said back; thirds and the like in words.
fn value_text(value: Number) -> String {
    match value.written() {
        Some(written) if !written.is_rounded => written.text,
        Some(written) => fraction_text(value).unwrap_or(written.text),
        None => "a very large number".to_owned(),
    }
}

/// A fraction in words: "half", "a third", "3 quarters".
fn fraction_text(value: Number) -> Option<String> {
    let names = [
        (2, "half"),
        (3, "third"),
        (4, "quarter"),
        (5, "fifth"),
        (6, "sixth"),
        (7, "seventh"),
        (8, "eighth"),
        (9, "ninth"),
        (10, "tenth"),
    ];
    let counted =
        names.iter().find_map(|(parts, name)| Some((value.times(Number::integer(*parts))?.to_integer()?, *name)));
    let (count, name) = counted.filter(|(count, _)| (1..100).contains(count))?;
    Some(match (count, name) {
        (1, "half") => "half".to_owned(),
        (1, name) => format!("a {name}"),
        (count, "half") => format!("{count} halves"),
        (count, name) => format!("{count} {name}s"),
    })
}

fn evaluate(expr: &Expr) -> Result<Number, Trouble> {
    let too_large = Trouble::TooLarge;
    match expr {
        Expr::Value(value) => Ok(*value),
        Expr::Binary(operator, left, right) => binary(*operator, left, right),
        Expr::Negative(inner) => Ok(evaluate(inner)?.negated()),
        Expr::Percent(inner) => evaluate(inner)?.divided_by(Number::integer(100)).ok_or(too_large),
        Expr::PercentOff(percent, whole) => {
            let keep =
                Number::integer(100).minus(evaluate(percent)?).and_then(|keep| keep.divided_by(Number::integer(100)));
            keep.ok_or(too_large)?.times(evaluate(whole)?).ok_or(too_large)
        }
        Expr::Percentage(part, whole) => {
            let (part, whole) = (evaluate(part)?, evaluate(whole)?);
            if whole.is_zero() {
                return Err(Trouble::DivisionByZero);
            }
            part.times(Number::integer(100)).and_then(|part| part.divided_by(whole)).ok_or(too_large)
        }
        Expr::Root(degree, inner) => evaluate(inner)?.root(*degree).ok_or(Trouble::NegativeRoot),
        Expr::Power(base, exponent) => {
            let (base, exponent) = (evaluate(base)?, evaluate(exponent)?);
            if base.is_zero() && exponent.to_f64() < 0.0 {
                return Err(Trouble::DivisionByZero);
            }
            if base.to_f64() < 0.0 && exponent.to_integer().is_none() {
                return Err(Trouble::NegativeRoot);
            }
            base.power(exponent).ok_or(too_large)
        }
        Expr::Factorial(inner) => {
            let n = evaluate(inner)?.to_integer().filter(|n| (0..=170).contains(n)).ok_or(Trouble::Factorial)?;
            (1..=n)
                .try_fold(Number::integer(1), |product, factor| product.times(Number::integer(factor)))
                .ok_or(too_large)
        }
        Expr::Average(parts) => {
            let mut total = Number::integer(0);
            for part in parts {
                total = total.plus(evaluate(part)?).ok_or(too_large)?;
            }
            let count = i64::try_from(parts.len()).map_err(|_| too_large)?;
            total.divided_by(Number::integer(count)).ok_or(too_large)
        }
    }
}

fn binary(operator: Operator, left: &Expr, right: &Expr) -> Result<Number, Trouble> {
    let a = evaluate(left)?;
    let b = match (operator, right) {
        // "80 plus 15 percent" means 15 percent of the 80.
        (Operator::Plus | Operator::Minus, Expr::Percent(_)) if !matches!(left, Expr::Percent(_)) => {
            evaluate(right)?.times(a).ok_or(Trouble::TooLarge)?
        }
        _ => evaluate(right)?,
    };
    if matches!(operator, Operator::Divided | Operator::Modulo) && b.is_zero() {
        return Err(Trouble::DivisionByZero);
    }
    let result = match operator {
        Operator::Plus => a.plus(b),
        Operator::Minus => a.minus(b),
        Operator::Times | Operator::Of => a.times(b),
        Operator::Divided => a.divided_by(b),
        Operator::Modulo => modulo(a, b),
    };
    result.ok_or(Trouble::TooLarge)
}

fn modulo(a: Number, b: Number) -> Option<Number> {
    if let (Some(a), Some(b)) = (a.to_integer(), b.to_integer()) {
        return a.checked_rem_euclid(b).map(Number::integer);
    }
    Number::approximate(a.to_f64().rem_euclid(b.to_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers;

    fn value(text: &str) -> Option<Result<String, Trouble>> {
        let sum = parse(&numbers::words_of(text))?;
        Some(sum.evaluate().map(|value| value.written().unwrap().text))
    }

    #[test]
    fn spoken_sums_have_their_value() {
        for (text, expected) in [
            ("what is twelve times seven and a half", "90"),
            ("twenty percent of eighty", "16"),
            ("a hundred divided by eight", "12.5"),
            ("the square root of 144", "12"),
            ("two plus three times four", "14"),
            ("2 + 3 * 4 - 1", "13"),
            ("ten minus minus three", "13"),
            ("what is two and two", "4"),
            ("add five to six", "11"),
            ("the sum of one two and three", "6"),
            ("multiply 12 by 12", "144"),
            ("product of three and four", "12"),
            ("the difference between 7 and 20", "13"),
            ("subtract five from twenty", "15"),
            ("take 3 away from 10", "7"),
            ("divide ninety by nine", "10"),
            ("split 120 between 4 people", "30"),
            ("half of fifty", "25"),
            ("three quarters of 100", "75"),
            ("double 21", "42"),
            ("triple eleven", "33"),
            ("nine squared", "81"),
            ("the square of nine", "81"),
            ("four cubed", "64"),
            ("two to the power of ten", "1024"),
            ("2 ^ 10", "1024"),
            ("ten to the sixth power", "1,000,000"),
            ("two raised to minus two", "0.25"),
            ("cube root of 27", "3"),
            ("five factorial", "120"),
            ("20 percent off 80", "64"),
            ("80 plus 15 percent", "92"),
            ("15 percent tip on 40", "6"),
            ("what percent of 80 is 20", "25"),
            ("what percentage is 20 of 80", "25"),
            ("20 is what percent of 80", "25"),
            ("how many times does seven go into eighty four", "12"),
            ("average of 3 4 and 8", "5"),
            ("17 mod 5", "2"),
            ("the remainder of 17 divided by 5", "2"),
            ("five plus five equals what", "10"),
            ("three and four is what", "7"),
            ("raise 2 to the 5th power", "32"),
            ("split a bill of 120 between 4 people", "30"),
            ("7.5 mod 2", "1.5"),
        ] {
            assert_eq!(value(text), Some(Ok(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_has_no_answer_says_why() {
        for (text, trouble) in [
            ("five divided by zero", Trouble::DivisionByZero),
            ("five mod zero", Trouble::DivisionByZero),
            ("zero to the power of minus one", Trouble::DivisionByZero),
            ("what percent of 0 is 5", Trouble::DivisionByZero),
            ("square root of minus nine", Trouble::NegativeRoot),
            ("ten to the power of 300", Trouble::TooLarge),
            ("ten to the power of 400", Trouble::TooLarge),
            ("200 factorial", Trouble::Factorial),
            ("170 factorial", Trouble::TooLarge),
        ] {
            assert_eq!(value(text), Some(Err(trouble)), "{text}");
            assert!(!trouble.to_string().is_empty());
        }
    }

    #[test]
    fn what_is_not_a_sum_is_left_alone() {
        for text in [
            "",
            "five",
            "twenty percent",
            "minus five",
            "what is love",
            "five plus",
            "times five",
            "two plus love",
            "five apples plus two",
            "what is the sum of all fears",
            "average",
            "take five",
            "divide and conquer",
            "two to the",
            "four and five",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(parse(&vec!["plus"; 500]), None);
    }

    #[test]
    fn a_sum_reads_itself_back() {
        for (text, expected) in [
            ("12 x 7", "12 times 7"),
            ("half of 50", "half of 50"),
            ("a third of 9", "a third of 9"),
            ("one third plus one sixth", "a third plus a sixth"),
            ("three quarters of 8", "3 quarters of 8"),
            ("three halves of 8", "3 halves of 8"),
            ("20 percent off 80", "80 less 20 percent"),
            ("cube root of 27", "the cube root of 27"),
            ("what percent of 80 is 20", "20 out of 80"),
            ("average of 1 2 and 3", "the average of 1, 2 and 3"),
            ("2 to the 5 minus 3 factorial", "2 to the power of 5 minus 3 factorial"),
            ("root of 16 plus minus 2 cubed", "the square root of 16 plus minus 2 cubed"),
            ("9 mod 2 divided by 1", "9 modulo 2 divided by 1"),
            ("10 percent of 5 squared", "10 percent of 5 squared"),
        ] {
            assert_eq!(parse(&numbers::words_of(text)).unwrap().to_string(), expected, "{text}");
        }
    }
}
