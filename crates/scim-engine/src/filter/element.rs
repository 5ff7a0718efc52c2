//! A filter on the values of one attribute, prepared for many values: it is checked once, and each sub-attribute of a
//! value is folded once for all terms.

use serde_json::Value;
use vestibule_core::fold::is_empty;

use super::{
    Filter, Literal, Op,
    check::{check_element, sub_attribute},
    compare::Operand,
};
use crate::{budget::Budget, error::Rejection, schema::Attribute};

/// The filter of a PATCH path.
pub(crate) struct ElementFilter<'a> {
    attribute: &'a Attribute,
    /// The sub-attributes in the terms, each once.
    parts: Vec<&'a Attribute>,
    root: Node,
    terms: u64,
}

enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(usize),
    Compare { part: usize, op: Op, literal: Literal },
}

impl<'a> ElementFilter<'a> {
    /// Checks and prepares a filter.
    ///
    /// # Errors
    /// `invalidFilter`.
    pub(crate) fn new(filter: &Filter, attribute: &'a Attribute) -> Result<Self, Rejection> {
        check_element(filter, attribute)?;
        let mut prepared = Self { attribute, parts: Vec::new(), root: Node::And(Vec::new()), terms: 0 };
        prepared.root = prepared.node(filter)?;
        Ok(prepared)
    }

    /// The number of terms, the most comparisons of one value.
    pub(crate) fn terms(&self) -> u64 {
        self.terms
    }

    /// Whether one value satisfies the filter. Agrees with [`super::element_matches`].
    pub(crate) fn matches(&self, element: &Value, budget: &Budget) -> bool {
        let operands: Vec<Option<Operand<'_>>> = self
            .parts
            .iter()
            .map(|part| {
                let value = match self.attribute.is_complex() {
                    true => element.get(part.name.as_ref()),
                    false => Some(element),
                };
                value.filter(|value| !is_empty(value)).map(|value| Operand::of(part, value))
            })
            .collect();
        self.is_true(&self.root, &operands, budget)
    }

    fn is_true(&self, node: &Node, operands: &[Option<Operand<'_>>], budget: &Budget) -> bool {
        match node {
            Node::And(parts) => parts.iter().all(|part| self.is_true(part, operands, budget)),
            Node::Or(parts) => parts.iter().any(|part| self.is_true(part, operands, budget)),
            Node::Not(inner) => !self.is_true(inner, operands, budget),
            Node::Present(part) => {
                budget.count_comparison();
                operand(operands, *part).is_some()
            }
            Node::Compare { part, op, literal } => {
                budget.count_comparison();
                match (operand(operands, *part), literal) {
                    (operand, Literal::Null) => (*op == Op::Eq) == operand.is_none(),
                    (None, _) => *op == Op::Ne,
                    (Some(operand), literal) => self
                        .parts
                        .get(*part)
                        .is_some_and(|attribute| operand.compare(attribute, *op, literal)),
                }
            }
        }
    }

    fn node(&mut self, filter: &Filter) -> Result<Node, Rejection> {
        Ok(match filter {
            Filter::And(parts) => Node::And(self.nodes(parts)?),
            Filter::Or(parts) => Node::Or(self.nodes(parts)?),
            Filter::Not(inner) => Node::Not(Box::new(self.node(inner)?)),
            Filter::Present(attr) => Node::Present(self.index(sub_attribute(attr, self.attribute))?),
            Filter::Compare { attr, op, value } => Node::Compare {
                part: self.index(sub_attribute(attr, self.attribute))?,
                op: *op,
                literal: value.clone(),
            },
            Filter::ValuePath { .. } => return Err(unchecked()),
        })
    }

    fn nodes(&mut self, parts: &[Filter]) -> Result<Vec<Node>, Rejection> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    /// The position of a sub-attribute in `parts`. Adds it if it is missing.
    fn index(&mut self, part: Option<&'a Attribute>) -> Result<usize, Rejection> {
        let part = part.ok_or_else(unchecked)?;
        self.terms += 1;
        let existing = self.parts.iter().position(|existing| existing.name == part.name);
        Ok(existing.unwrap_or_else(|| {
            self.parts.push(part);
            self.parts.len() - 1
        }))
    }
}

fn operand<'a, 'b>(operands: &'a [Option<Operand<'b>>], part: usize) -> Option<&'a Operand<'b>> {
    operands.get(part).and_then(Option::as_ref)
}

/// The error of a filter that `check_element` should have refused before.
fn unchecked() -> Rejection {
    Rejection::filter("the filter does not fit the attribute")
}
