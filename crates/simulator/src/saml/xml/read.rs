//! Reads the XML of a request into the tree. Strict and small: elements, attributes, text and the five entities. A document type
//! declaration, a comment, a CDATA section or a processing instruction is refused, because no SAML request needs one.

use super::{Element, Node, Scope, prefix};

/// Deepest nesting of elements.
const DEPTH: usize = 32;

/// The root element. Errors with a sentence about the document.
pub(in super::super) fn read(xml: &str) -> Result<Element, &'static str> {
    let xml = xml.replace("\r\n", "\n").replace('\r', "\n");
    let mut rest = xml.as_str();
    if let Some(after) = rest.strip_prefix("<?xml ") {
        rest = after.split_once("?>").ok_or("The XML declaration has no end.")?.1;
    }
    if rest.contains("<!") || rest.contains("<?") {
        return Err("The document has a declaration, a comment or an instruction.");
    }
    let (root, rest) = element(rest.trim_start(), &Scope::new(), 0)?;
    if !rest.trim().is_empty() {
        return Err("There is something after the root element.");
    }
    Ok(root)
}

/// The element at the start of `text`, and what follows it.
fn element<'a>(text: &'a str, scope: &Scope, depth: usize) -> Result<(Element, &'a str), &'static str> {
    if depth >= DEPTH {
        return Err("The elements are nested too deeply.");
    }
    let after = text.strip_prefix('<').ok_or("An element was expected.")?;
    let (name, mut rest) = name(after)?;
    let mut element = Element::new("", name);
    loop {
        let trimmed = rest.trim_start();
        if let Some(after) = trimmed.strip_prefix("/>") {
            resolve(&mut element, scope)?;
            return Ok((element, after));
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            rest = after;
            break;
        }
        if trimmed.len() == rest.len() {
            return Err("There is no space before an attribute.");
        }
        let (attribute, after) = attribute(trimmed)?;
        if element.attribute(&attribute.0).is_some() {
            return Err("An attribute is repeated.");
        }
        element.attributes.push(attribute);
        rest = after;
    }
    let inner = resolve(&mut element, scope)?;
    loop {
        let end = rest.find('<').ok_or("An element has no end.")?;
        let (text, after) = rest.split_at(end);
        if !text.is_empty() {
            element.children.push(Node::Text(unescape(text)?));
        }
        if let Some(after) = after.strip_prefix("</") {
            let after = after.strip_prefix(element.name.as_str()).ok_or("An end tag has another name.")?;
            let after = after.trim_start().strip_prefix('>').ok_or("An end tag has another name.")?;
            return Ok((element, after));
        }
        let (child, after) = self::element(after, &inner, depth + 1)?;
        element.children.push(Node::Element(child));
        rest = after;
    }
}

/// Sets the namespace of the element and checks the prefixes of its attributes. Returns the scope of its content.
fn resolve(element: &mut Element, scope: &Scope) -> Result<Scope, &'static str> {
    let inner = element.scope(scope);
    let own = prefix(&element.name);
    element.namespace = match inner.get(own) {
        Some(namespace) => namespace.clone(),
        None if own.is_empty() => String::new(),
        None => return Err("A prefix is bound to no namespace."),
    };
    for (name, value) in &element.attributes {
        match prefix(name) {
            "xmlns" if value.is_empty() => return Err("A prefix is bound to no namespace."),
            "" | "xml" | "xmlns" => {}
            prefix if inner.contains_key(prefix) => {}
            _ => return Err("A prefix is bound to no namespace."),
        }
    }
    Ok(inner)
}

fn attribute(text: &str) -> Result<((String, String), &str), &'static str> {
    let (name, rest) = name(text)?;
    let value = rest.trim_start().strip_prefix('=').ok_or("An attribute has no value.")?.trim_start();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote));
    let quote = quote.ok_or("The value of an attribute has no quotation mark.")?;
    let (value, rest) = value
        .get(1..)
        .and_then(|value| value.split_once(quote))
        .ok_or("The value of an attribute has no end.")?;
    if value.contains('<') {
        return Err("The value of an attribute contains <.");
    }
    // XML 1.0 §3.3.3: white space that is not written as a reference is a space.
    let value = unescape(&value.replace(['\t', '\n'], " "))?;
    Ok(((name.to_owned(), value), rest))
}

fn name(text: &str) -> Result<(&str, &str), &'static str> {
    let ends = |letter: char| letter.is_whitespace() || "=/><\"'&".contains(letter);
    let (name, rest) = text.split_at(text.find(ends).ok_or("A tag has no end.")?);
    let starts = |part: &str| part.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if name.split(':').count() > 2 || !name.split(':').all(starts) {
        return Err("A name is not valid.");
    }
    Ok((name, rest))
}

/// Errors when an entity is not one of XML's five or the number of a character.
fn unescape(text: &str) -> Result<String, &'static str> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';').ok_or("An entity has no end.")?;
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let letter = match (entity, entity.strip_prefix("#x"), entity.strip_prefix('#')) {
            ("amp", ..) => Some('&'),
            ("lt", ..) => Some('<'),
            ("gt", ..) => Some('>'),
            ("quot", ..) => Some('"'),
            ("apos", ..) => Some('\''),
            (_, Some(digits), _) => number(digits, 16),
            (_, None, Some(digits)) => number(digits, 10),
            _ => None,
        };
        plain.push_str(before);
        plain.push(letter.ok_or("An entity is not known.")?);
        rest = after;
    }
    plain.push_str(rest);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let xml = "<a:x xmlns:a=\"urn:a\" b=\"&lt;&amp;&quot;\"><a:y/>&gt;é<z xmlns=\"urn:z\"><q/></z></a:x>";
        let root = read(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n")).unwrap();
        assert_eq!(root.wire(), xml);
        assert!(root.is("urn:a", "x") && root.find("urn:a", "y").is_some());
        assert!(root.find("urn:z", "z").unwrap().find("urn:z", "q").is_some());
        assert_eq!(read("<x a=\"b\n\tc\"/>").unwrap().attribute("a"), Some("b  c"));
    }

    #[test]
    fn what_is_refused() {
        let deep = "<x>".repeat(40);
        for xml in [
            "",
            "<x>",
            "<x></y>",
            "<x a='1' a='2'/>",
            "<x a=1/>",
            "<x a='<'/>",
            "<p:x/>",
            "<x p:a='1'/>",
            "<!DOCTYPE x><x/>",
            "<x><!-- --></x>",
            "<x><![CDATA[y]]></x>",
            "<x><?y?></x>",
            "<x/><y/>",
            "<x/>y",
            "<x>&nbsp;</x>",
            "<x>&y;</x>",
            "<x>& </x>",
            "<x>&#xD800;</x>",
            "<a:b:c xmlns:a='urn:a'/>",
            "<x xmlns:p=''/>",
            "<x a='1'b='2'/>",
            "<1/>",
            &deep,
        ] {
            assert!(read(xml).is_err(), "{xml}");
        }
    }
}
