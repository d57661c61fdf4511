//! The grammar of spoken sums, by recursive descent over words.

use super::{Expr, Operator, evaluate};
use crate::number::Number;
use crate::numbers;

pub(super) struct Parser<'a> {
    pub(super) words: &'a [&'a str],
    pub(super) at: usize,
    /// Whether "and" between two numbers adds them ("what is two and two").
    pub(super) joins: bool,
}

impl Parser<'_> {
    /// Takes the words of `phrase` if they come next.
    fn take(&mut self, phrase: &str) -> bool {
        let len = phrase.split(' ').count();
        let matches =
            self.words.len() >= self.at + len && phrase.split(' ').zip(&self.words[self.at..]).all(|(a, b)| a == *b);
        if matches {
            self.at += len;
        }
        matches
    }

    fn take_any(&mut self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.take(phrase))
    }

    /// Runs `rule`; if it fails, the position is as before.
    fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let result = rule(self);
        if result.is_none() {
            self.at = start;
        }
        result
    }

    /// A sum in words ("add five to six"), a question about percentages, or an expression.
    pub(super) fn whole(&mut self) -> Option<Expr> {
        self.attempt(Self::percentage).or_else(|| self.attempt(Self::goes_into)).or_else(|| self.sum())
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.term()?;
        loop {
            let start = self.at;
            let operator = if self.take_any(&["plus", "+", "added to", "add", "together with"]) {
                Operator::Plus
            } else if self.take_any(&["minus", "-", "take away", "takeaway", "subtract", "less"]) {
                Operator::Minus
            } else if self.joins && self.take("and") {
                Operator::Plus
            } else {
                return Some(left);
            };
            let Some(right) = self.term() else {
                self.at = start;
                return Some(left);
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn term(&mut self) -> Option<Expr> {
        let mut left = self.factor()?;
        loop {
            let start = self.at;
            let operator = if self.take_any(&[
                "times",
                "multiplied by",
                "multiplied with",
                "multiply by",
                "x",
                "*",
                "time",
                "timesed by",
            ]) {
                Operator::Times
            } else if self.take_any(&[
                "divided by",
                "divided with",
                "divide by",
                "divided",
                "over",
                "/",
                "split by",
                "shared by",
            ]) {
                Operator::Divided
            } else if self.take_any(&["modulo", "mod", "modulus"]) {
                Operator::Modulo
            } else {
                return Some(left);
            };
            let Some(right) = self.factor() else {
                self.at = start;
                return Some(left);
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn factor(&mut self) -> Option<Expr> {
        self.take("the");
        if let Some(expr) = self.attempt(Self::in_words) {
            return Some(expr);
        }
        if self.take_any(&["minus", "negative", "-"]) {
            return Some(Expr::Negative(Box::new(self.factor()?)));
        }
        let degree = if self.take_any(&["square root", "squared root", "sqrt", "root"]) {
            Some(2)
        } else if self.take_any(&["cube root", "cubic root", "cubed root"]) {
            Some(3)
        } else {
            None
        };
        if let Some(degree) = degree {
            self.take("of");
            return Some(Expr::Root(degree, Box::new(self.factor()?)));
        }
        for (phrases, factor) in [(["double", "twice"], 2), (["triple", "thrice"], 3)] {
            if self.take_any(&phrases) {
                self.take("of");
                let factor = Box::new(Expr::Value(Number::integer(factor)));
                return Some(Expr::Binary(Operator::Times, factor, Box::new(self.factor()?)));
            }
        }
        for (phrases, exponent) in [(["square of", "square"], 2), (["cube of", "cube"], 3)] {
            if self.take_any(&phrases) {
                self.take("the number");
                return Some(Expr::Power(Box::new(self.factor()?), Box::new(Expr::Value(Number::integer(exponent)))));
            }
        }
        self.operand()
    }

    /// A number with what follows it: percent, powers, "of".
    fn operand(&mut self) -> Option<Expr> {
        let reading = numbers::parse(&self.words[self.at..])?;
        self.at += reading.len;
        let mut expr = Expr::Value(reading.value);
        if reading.is_fraction && (self.take("of")) {
            return Some(Expr::Binary(Operator::Of, Box::new(expr), Box::new(self.factor()?)));
        }
        if self.take_any(&["percent", "per cent", "percents", "pct"]) {
            let start = self.at;
            if self.take_any(&["discount on", "off of", "off"])
                && let Some(whole) = self.factor()
            {
                return Some(Expr::PercentOff(Box::new(expr), Box::new(whole)));
            }
            self.at = start;
            let percent = Expr::Percent(Box::new(expr));
            if self.take_any(&["tip on", "tip for", "tax on", "interest on", "of", "from", "on"])
                && let Some(whole) = self.factor()
            {
                return Some(Expr::Binary(Operator::Of, Box::new(percent), Box::new(whole)));
            }
            self.at = start;
            return Some(percent);
        }
        while let Some(exponent) = self.attempt(Self::exponent) {
            expr = Expr::Power(Box::new(expr), Box::new(exponent));
        }
        if self.take("factorial") {
            expr = Expr::Factorial(Box::new(expr));
        }
        Some(expr)
    }

    fn exponent(&mut self) -> Option<Expr> {
        let whole = |value| Some(Expr::Value(Number::integer(value)));
        if self.take_any(&["squared", "to the square"]) {
            return whole(2);
        }
        if self.take("cubed") {
            return whole(3);
        }
        let is_named = self.take_any(&[
            "to the power of",
            "to the power",
            "raised to the power of",
            "raised to the power",
            "to power of",
            "^",
        ]);
        if !is_named && !self.take_any(&["raised to the", "raised to", "to the"]) {
            return None;
        }
        if let Some((nth, len)) = numbers::ordinal(&self.words[self.at..]) {
            self.at += len;
            self.take("power");
            return whole(i64::from(nth));
        }
        let is_negative = self.take_any(&["minus", "negative", "-"]);
        let reading = numbers::parse(&self.words[self.at..])?;
        self.at += reading.len;
        self.take("power");
        let value = if is_negative { reading.value.negated() } else { reading.value };
        Some(Expr::Value(value))
    }

    /// Sums said with a verb or a noun: "add five and six", "the product of two and three", "take five from twelve".
    fn in_words(&mut self) -> Option<Expr> {
        if self.take_any(&["sum of", "sum", "total of", "add up", "add together", "add"]) {
            return self.list(Operator::Plus, &["and", "to", "plus", "with"]);
        }
        if self.take_any(&["product of", "multiply"]) {
            return self.list(Operator::Times, &["and", "by", "with", "times"]);
        }
        if self.take_any(&["difference between", "difference of"]) {
            let (a, b) = self.pair(&["and"])?;
            let (x, y) = (evaluate(&a).ok()?, evaluate(&b).ok()?);
            let (a, b) = if x.to_f64() < y.to_f64() { (b, a) } else { (a, b) };
            return Some(Expr::Binary(Operator::Minus, Box::new(a), Box::new(b)));
        }
        if self.take_any(&["subtract", "take away", "take", "deduct"]) {
            let (a, b) = self.pair(&["away from", "from", "off"])?;
            return Some(Expr::Binary(Operator::Minus, Box::new(b), Box::new(a)));
        }
        if self.take_any(&["quotient of", "divide", "split a bill of", "split the bill of", "split", "share"]) {
            let (a, b) = self.pair(&["by", "and", "with", "between", "among", "into"])?;
            self.take_any(&["people", "ways", "parts", "equal parts", "equally", "friends", "persons"]);
            return Some(Expr::Binary(Operator::Divided, Box::new(a), Box::new(b)));
        }
        if self.take("remainder") {
            self.take_any(&["of", "when", "if"]);
            let a = self.operand()?;
            self.take("is");
            self.take_any(&["divided by", "over", "/"]).then_some(())?;
            let b = self.operand()?;
            return Some(Expr::Binary(Operator::Modulo, Box::new(a), Box::new(b)));
        }
        if self.take_any(&["average of", "mean of", "average"]) {
            let mut parts = vec![self.operand()?];
            loop {
                let start = self.at;
                self.take("and");
                let Some(part) = self.operand() else {
                    self.at = start;
                    break;
                };
                parts.push(part);
            }
            return (parts.len() > 1).then_some(Expr::Average(parts));
        }
        None
    }

    /// Two or more operands with one of `links` or nothing between them.
    fn list(&mut self, operator: Operator, links: &[&str]) -> Option<Expr> {
        self.take("together");
        let mut left = self.operand()?;
        let mut count = 1;
        loop {
            let start = self.at;
            self.take_any(links);
            let Some(right) = self.attempt(Self::operand) else {
                self.at = start;
                break;
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
            count += 1;
        }
        (count > 1).then_some(left)
    }

    fn pair(&mut self, links: &[&str]) -> Option<(Expr, Expr)> {
        let a = self.operand()?;
        self.take_any(links).then_some(())?;
        Some((a, self.operand()?))
    }

    /// "what percent of 80 is 20", "what percentage is 20 of 80", "20 is what percent of 80", "20 as a percentage of 80".
    fn percentage(&mut self) -> Option<Expr> {
        let percent = ["percent", "percentage", "per cent"];
        let (part, whole) = if self.take_any(&percent) {
            if self.take("of") {
                let whole = self.operand()?;
                self.take("is").then_some(())?;
                (self.operand()?, whole)
            } else {
                self.take("is").then_some(())?;
                let part = self.operand()?;
                self.take_any(&["out of", "of"]).then_some(())?;
                (part, self.operand()?)
            }
        } else {
            let part = self.operand()?;
            self.take_any(&["is what", "as a", "is which", "as"]).then_some(())?;
            self.take_any(&percent).then_some(())?;
            self.take("of").then_some(())?;
            (part, self.operand()?)
        };
        Some(Expr::Percentage(Box::new(part), Box::new(whole)))
    }

    /// "how many times does 7 go into 84", "7 goes into 84", "7 into 84".
    fn goes_into(&mut self) -> Option<Expr> {
        let is_asked = self.take_any(&["times does", "times do", "times will", "times can", "times"]);
        let part = self.operand()?;
        let links: &[&str] = if is_asked {
            &["go into", "goes into", "fit into", "fit in", "fits into", "fits in", "go in", "be divided into", "into"]
        } else {
            &["goes into", "go into", "into"]
        };
        self.take_any(links).then_some(())?;
        let whole = self.operand()?;
        Some(Expr::Binary(Operator::Divided, Box::new(whole), Box::new(part)))
    }
}
