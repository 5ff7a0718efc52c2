//! A page of the pretend browser, and functions that read it. The HTML is parsed at each call, because pages are small.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Url, header::HeaderMap};

use super::{
    BrowserError,
    forms::{self, Form},
    markup::{Piece, attribute, pieces},
};

/// One request of a chain of redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// HTTP method.
    pub method: String,
    /// Full URL.
    pub url: String,
    /// Status of the response.
    pub status: u16,
}

/// A link and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As in the page; may be relative.
    pub href: String,
    /// Its text, on one line.
    pub text: String,
}

/// The response after all redirects.
#[derive(Clone, Debug)]
pub struct Page {
    /// The URL of the page.
    pub url: Url,
    /// Status of the last answer.
    pub status: u16,
    /// Headers of the last answer.
    pub headers: HeaderMap,
    /// Its body, HTML or not.
    pub html: String,
    /// All requests of the chain, the last one included.
    pub hops: Vec<Hop>,
}

impl Page {
    /// The text of `<title>`.
    pub fn title(&self) -> String {
        let pieces = pieces(&self.html);
        let inside =
            pieces.iter().skip_while(|piece| !matches!(piece, Piece::Open(name, _) if name == "title"));
        let text =
            inside.skip(1).take_while(|piece| !matches!(piece, Piece::Close(_))).map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                _ => "",
            });
        one_line(&text.collect::<String>())
    }

    /// The text of the body with single spaces.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut in_title = false;
        for piece in pieces(&self.html) {
            match piece {
                Piece::Open(name, _) | Piece::Close(name) if name == "title" => in_title = !in_title,
                Piece::Text(more) if !in_title => text.push_str(&more),
                // Inline elements don't separate words; all other elements do.
                Piece::Open(name, _) | Piece::Close(name) if !INLINE.contains(&name.as_str()) => {
                    text.push(' ');
                }
                _ => {}
            }
        }
        one_line(&text)
    }

    /// The links, in order.
    pub fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        let mut inside = false;
        for piece in pieces(&self.html) {
            match piece {
                Piece::Open(name, attributes) if name == "a" => {
                    let href = attribute(&attributes, "href").map(str::to_owned);
                    inside = href.is_some();
                    links.extend(href.map(|href| Link { href, text: String::new() }));
                }
                Piece::Close(name) if name == "a" => inside = false,
                Piece::Text(text) if inside => {
                    if let Some(link) = links.last_mut() {
                        link.text.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        for link in &mut links {
            link.text = one_line(&link.text);
        }
        links
    }

    /// The URLs of the frames, in order, as in the page.
    pub fn frames(&self) -> Vec<String> {
        let frame = |piece: &Piece| match piece {
            Piece::Open(name, attributes) if name == "iframe" => {
                attribute(attributes, "src").map(str::to_owned)
            }
            _ => None,
        };
        pieces(&self.html).iter().filter_map(frame).collect()
    }

    /// The forms, in order.
    pub fn forms(&self) -> Vec<Form> {
        forms::read(&self.html)
    }

    /// The first form that has a field of this name.
    pub fn form_with_field(&self, name: &str) -> Result<Form, BrowserError> {
        let mut forms = self.forms().into_iter();
        let found = forms.find(|form| form.fields.iter().any(|field| field.name == name));
        found.ok_or_else(|| self.missing(format!("form with a field \"{name}\"")))
    }

    /// The first form that has a button with this text.
    pub fn form_with_button(&self, text: &str) -> Result<Form, BrowserError> {
        let mut forms = self.forms().into_iter();
        let found = forms.find(|form| form.buttons.iter().any(|button| button.text == text));
        found.ok_or_else(|| self.missing(format!("button \"{text}\"")))
    }

    /// The form that posts a SAML message.
    pub fn saml_form(&self) -> Result<Form, BrowserError> {
        self.form_with_field("SAMLResponse").or_else(|_| self.form_with_field("SAMLRequest"))
    }

    /// The XML of the SAML message that the page posts.
    pub fn saml_message(&self) -> Option<String> {
        let form = self.saml_form().ok()?;
        let value = form.value("SAMLResponse").or_else(|| form.value("SAMLRequest"))?;
        String::from_utf8(STANDARD.decode(value).ok()?).ok()
    }

    /// A query parameter of the URL.
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    /// A header of the last answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn resolve(&self, address: &str) -> Result<Url, BrowserError> {
        self.url
            .join(address)
            .map_err(|error| BrowserError::Unreachable(address.to_owned(), error.to_string()))
    }

    pub(super) fn missing(&self, what: String) -> BrowserError {
        BrowserError::Missing(
            what,
            format!("{} {}", self.status, self.text().chars().take(400).collect::<String>()),
        )
    }
}

const INLINE: [&str; 12] =
    ["a", "abbr", "b", "bdi", "code", "em", "i", "mark", "small", "span", "strong", "time"];

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
