//! A filter as a condition the store can look up: the attributes with columns of their own. What has none is refused
//! with `invalidFilter` that lists what may be asked; it is never evaluated by loading the directory, and never ignored.

use vestibule_store::search::{Condition, Field, Op as TextOp, Order};

use crate::{
    error::{Rejection, ScimType},
    filter::{Filter, Instant, Literal, Op},
    path::AttrPath,
    schema::{ResourceKind, Schema},
};

/// The condition that a checked filter means.
///
/// # Errors
/// `invalidFilter` that names what is not supported.
pub(crate) fn of(filter: &Filter, schema: &Schema) -> Result<Condition, Rejection> {
    match filter {
        Filter::And(all) => {
            all.iter().map(|one| of(one, schema)).collect::<Result<_, _>>().map(Condition::And)
        }
        Filter::Or(any) => any.iter().map(|one| of(one, schema)).collect::<Result<_, _>>().map(Condition::Or),
        Filter::Not(inner) => of(inner, schema).map(|inner| Condition::Not(Box::new(inner))),
        Filter::Present(attr) => present(attr, schema),
        Filter::Compare { attr, op, value } => compare(attr, *op, value, schema),
        Filter::ValuePath { attr, filter } => value_path(attr, filter, schema),
    }
}

/// What may be asked about.
enum Known {
    Text(Field),
    Active,
    Created,
    LastModified,
}

fn known(attr: &AttrPath, schema: &Schema) -> Result<Known, Rejection> {
    let (found, user) = (schema.find(attr), matches!(schema.kind(), ResourceKind::User));
    let core = found.filter(|found| found.extension.is_none());
    let names = core.map(|found| (found.attribute.name.as_ref(), found.sub.map(|sub| sub.name.as_ref())));
    match names {
        Some(("id", None)) => Ok(Known::Text(Field::Id)),
        Some(("externalId", None)) => Ok(Known::Text(Field::ExternalId)),
        Some(("displayName", None)) => Ok(Known::Text(Field::DisplayName)),
        Some(("userName", None)) if user => Ok(Known::Text(Field::UserName)),
        // RFC 7644 §3.4.2.2: a multi-valued attribute alone compares its values.
        Some(("emails", None | Some("value"))) if user => Ok(Known::Text(Field::Email)),
        Some(("active", None)) if user => Ok(Known::Active),
        Some(("meta", Some("created"))) => Ok(Known::Created),
        Some(("meta", Some("lastModified"))) => Ok(Known::LastModified),
        _ => Err(unsupported(&attr.to_string(), user)),
    }
}

fn present(attr: &AttrPath, schema: &Schema) -> Result<Condition, Rejection> {
    Ok(match known(attr, schema)? {
        Known::Text(field) => Condition::Present(field),
        Known::Active | Known::Created | Known::LastModified => Condition::Always,
    })
}

fn compare(attr: &AttrPath, op: Op, value: &Literal, schema: &Schema) -> Result<Condition, Rejection> {
    let not = |condition| Condition::Not(Box::new(condition));
    let known = known(attr, schema)?;
    if let Literal::Null = value {
        let there = present(attr, schema)?;
        return if op == Op::Eq { Ok(not(there)) } else { Ok(there) };
    }
    match known {
        Known::Active => {
            let wanted = value.as_bool().ok_or_else(|| invalid("active is compared with true or false"))?;
            Ok(Condition::Active(if op == Op::Ne { !wanted } else { wanted }))
        }
        Known::Created | Known::LastModified => {
            let at = value
                .as_str()
                .and_then(Instant::parse)
                .ok_or_else(|| {
                    invalid(&format!("{attr} is compared with a moment such as \"2026-01-31T12:00:00Z\""))
                })?
                .as_micros();
            let moment = |order| match known {
                Known::Created => Condition::Created(order, at),
                _ => Condition::Updated(order, at),
            };
            match op {
                Op::Eq => Ok(moment(Order::Equal)),
                Op::Ne => Ok(not(moment(Order::Equal))),
                Op::Gt => Ok(moment(Order::After)),
                Op::Ge => Ok(moment(Order::NotBefore)),
                Op::Lt => Ok(moment(Order::Before)),
                Op::Le => Ok(moment(Order::NotAfter)),
                Op::Co | Op::Sw | Op::Ew => {
                    Err(invalid(&format!("{attr} is a moment, and {} is for texts", op.as_str())))
                }
            }
        }
        Known::Text(field) => {
            let text = value
                .as_str()
                .ok_or_else(|| invalid(&format!("{attr} is compared with a text in quotes")))?;
            let is = |op| Condition::Compare(field, op, text.to_owned());
            match op {
                Op::Eq => Ok(is(TextOp::Equal)),
                Op::Ne if !matches!(field, Field::Email) => Ok(not(is(TextOp::Equal))),
                Op::Sw => Ok(is(TextOp::StartsWith)),
                Op::Co => Ok(is(TextOp::Contains)),
                Op::Ew => Ok(is(TextOp::EndsWith)),
                _ => Err(invalid(&format!("{attr} can't be compared with {} in this version", op.as_str()))),
            }
        }
    }
}

/// `emails[value eq "x"]` is `emails.value eq "x"`; other value paths need more than one element's columns.
fn value_path(attr: &AttrPath, inner: &Filter, schema: &Schema) -> Result<Condition, Rejection> {
    match inner {
        Filter::Compare { attr: sub, op: Op::Eq, value }
            if sub.attr.eq_ignore_ascii_case("value") && sub.sub.is_none() =>
        {
            compare(&AttrPath { sub: Some("value".to_owned()), ..attr.clone() }, Op::Eq, value, schema)
        }
        _ => Err(unsupported(&format!("{attr}[…]"), matches!(schema.kind(), ResourceKind::User))),
    }
}

fn unsupported(what: &str, user: bool) -> Rejection {
    let offered = if user {
        "id, userName, externalId, displayName, emails.value, active, meta.created, meta.lastModified"
    } else {
        "id, displayName, externalId, meta.created, meta.lastModified"
    };
    invalid(&format!("filtering by {what} is not supported in this version; supported are {offered}"))
}

fn invalid(detail: &str) -> Rejection {
    Rejection::new(ScimType::InvalidFilter, detail)
}
