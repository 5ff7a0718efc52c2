//! The filter parser: recursive descent in one pass, with limits on length, depth and terms. Any text gives a filter or
//! a refusal with its reason; it must never panic or recurse without bound.

use serde_json::Number;

use super::{Filter, Literal, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Op};
use crate::{
    error::{Rejection, ScimType, quote},
    path::{AttrPath, is_path_char},
};

/// Parses a filter on resources.
///
/// # Errors
/// `invalidFilter`.
pub fn parse(text: &str) -> Result<Filter, Rejection> {
    Parser::new(text)?.all(Scope::Resource)
}

/// Parses the filter in the brackets of a PATCH path. It applies to one value and has no brackets.
///
/// # Errors
/// `invalidFilter`.
pub(crate) fn parse_element(text: &str) -> Result<Filter, Rejection> {
    Parser::new(text)?.all(Scope::Element)
}

/// What a filter is applied to. Only a filter on a resource may have brackets (RFC 7644 figure 1: a valFilter has no
/// valuePath).
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Resource,
    Element,
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
    terms: usize,
}

type Parsed<T> = Result<T, Rejection>;

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parsed<Self> {
        if text.len() > MAX_LENGTH {
            return Err(Rejection::filter(format!("the filter is longer than {MAX_LENGTH} bytes")));
        }
        Ok(Self { text, rest: text, depth: 0, terms: 0 })
    }

    fn all(mut self, scope: Scope) -> Parsed<Filter> {
        let filter = self.or(scope)?;
        self.skip_blanks();
        if self.rest.is_empty() { Ok(filter) } else { Err(self.expected("'and', 'or' or the end")) }
    }

    fn or(&mut self, scope: Scope) -> Parsed<Filter> {
        let first = self.and(scope)?;
        self.more(first, "or", Filter::Or, |parser| parser.and(scope))
    }

    fn and(&mut self, scope: Scope) -> Parsed<Filter> {
        let first = self.term(scope)?;
        self.more(first, "and", Filter::And, |parser| parser.term(scope))
    }

    fn more(
        &mut self,
        first: Filter,
        word: &str,
        join: fn(Vec<Filter>) -> Filter,
        next: impl Fn(&mut Self) -> Parsed<Filter>,
    ) -> Parsed<Filter> {
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(next(self)?);
        }
        Ok(if parts.len() > 1 { join(parts) } else { parts.swap_remove(0) })
    }

    fn term(&mut self, scope: Scope) -> Parsed<Filter> {
        self.skip_blanks();
        if self.take('(') {
            return self.nested(')', scope);
        }
        let start = self.rest;
        let word = self.word();
        if word.eq_ignore_ascii_case("not") {
            self.skip_blanks();
            if self.take('(') {
                return Ok(Filter::Not(Box::new(self.nested(')', scope)?)));
            }
        }
        if word.is_empty() {
            return Err(self.expected("the name of an attribute"));
        }
        let attr = AttrPath::parse(word).map_err(|refused| refused.with_type(ScimType::InvalidFilter))?;
        if self.rest.starts_with('[') {
            if scope == Scope::Element {
                return Err(Rejection::filter("a filter in brackets can't hold brackets of its own"));
            }
            self.take('[');
            return self.value_path(attr);
        }
        // `not` without a parenthesis is the name of an attribute: continue after it.
        self.rest = start.strip_prefix(word).unwrap_or(self.rest);
        self.comparison(attr)
    }

    /// Parses `attr[filter]`, or the common form `attr[filter].sub op value`, which means that one value satisfies both.
    fn value_path(&mut self, attr: AttrPath) -> Parsed<Filter> {
        if attr.sub.is_some() {
            return Err(Rejection::filter(format!(
                "brackets must follow the attribute itself, not '{attr}'"
            )));
        }
        let inner = self.nested(']', Scope::Element)?;
        let mut filter = inner;
        if self.take('.') {
            // This prints with one more level of parentheses, and the printed form must parse.
            if matches!(filter, Filter::And(_) | Filter::Or(_)) && self.depth + 2 > MAX_DEPTH {
                return Err(too_deep());
            }
            let word = self.word();
            let part = AttrPath::parse(word).map_err(|refused| refused.with_type(ScimType::InvalidFilter))?;
            filter = Filter::And(vec![filter, self.comparison(part)?]);
        }
        Ok(Filter::ValuePath { attr, filter: Box::new(filter) })
    }

    fn comparison(&mut self, attr: AttrPath) -> Parsed<Filter> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Rejection::filter(format!("the filter holds more than {MAX_TERMS} comparisons")));
        }
        self.skip_blanks();
        let word = self.word();
        if word.is_empty() {
            return Err(self.expected(&format!("an operator after '{attr}'")));
        }
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(attr));
        }
        let Some(op) = Op::parse(word) else {
            return Err(Rejection::filter(format!(
                "{} isn't an operator; the operators are eq, ne, co, sw, ew, pr, gt, ge, lt, le",
                quote(word)
            )));
        };
        self.skip_blanks();
        Ok(Filter::Compare { attr, op, value: self.literal()? })
    }

    /// Parses a compValue: a JSON string, number, `true`, `false` or `null`.
    fn literal(&mut self) -> Parsed<Literal> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        let word = self.word();
        if word.eq_ignore_ascii_case("null") {
            return Ok(Literal::Null);
        }
        if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
            return Ok(Literal::Bool(word.eq_ignore_ascii_case("true")));
        }
        match number(word) {
            Some(number) => Ok(Literal::Number(number)),
            None if word.is_empty() => Err(self.expected("a value; a text stands in double quotes")),
            None => Err(Rejection::filter(format!(
                "{} isn't a value: a text stands in double quotes, beside numbers, true, false and null",
                quote(word)
            ))),
        }
    }

    fn string(&mut self) -> Parsed<Literal> {
        let mut escaped = false;
        let closing = self.rest.char_indices().skip(1).find(|(_, letter)| {
            let closes = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            closes
        });
        let Some((end, _)) = closing else {
            return Err(Rejection::filter("a text isn't closed by a double quote"));
        };
        let (text, rest) = self.rest.split_at_checked(end + 1).unwrap_or((self.rest, ""));
        let text: String = serde_json::from_str(text)
            .map_err(|_| Rejection::filter(format!("{} isn't a valid JSON string", quote(text))))?;
        // PostgreSQL stores no such text, so no value can match.
        if text.contains('\0') {
            return Err(Rejection::filter("a text can't contain the character U+0000"));
        }
        self.rest = rest;
        Ok(Literal::String(text.into()))
    }

    fn nested(&mut self, close: char, scope: Scope) -> Parsed<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let filter = self.or(scope)?;
        self.skip_blanks();
        if !self.take(close) {
            return Err(self.expected(&format!("'and', 'or' or '{close}'")));
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, letter: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(letter) else { return false };
        self.rest = rest;
        true
    }

    /// Takes the keyword if it is the next whole word.
    fn take_word(&mut self, keyword: &str) -> bool {
        self.skip_blanks();
        let before = self.rest;
        let found = self.word().eq_ignore_ascii_case(keyword);
        if !found {
            self.rest = before;
        }
        found
    }

    /// Takes the next name, operator, number or keyword.
    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|letter| !is_path_char(letter)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        word
    }

    fn expected(&self, what: &str) -> Rejection {
        let position = self.text.len() - self.rest.len() + 1;
        Rejection::filter(if self.rest.is_empty() {
            format!("the filter ends where {what} was expected")
        } else {
            format!("at position {position} the filter has {} where {what} was expected", quote(self.rest))
        })
    }
}

fn too_deep() -> Rejection {
    Rejection::filter(format!("the filter is nested deeper than {MAX_DEPTH} levels"))
}

/// Parses a JSON number. Uses the standard library, because a printed number must parse to the same one.
fn number(word: &str) -> Option<Number> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let json_shaped = digits.starts_with(|first: char| first.is_ascii_digit())
        && word
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | 'e' | 'E' | '+' | '-'));
    if !json_shaped {
        return None;
    }
    let whole =
        word.parse::<i64>().ok().map(Number::from).or_else(|| word.parse::<u64>().ok().map(Number::from));
    whole.or_else(|| Number::from_f64(word.parse().ok()?))
}
