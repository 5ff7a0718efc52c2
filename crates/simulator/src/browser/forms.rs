//! The forms of a page: their initial values, and the pairs that they send.

use reqwest::Method;

use super::{
    markup::{Piece, attribute, pieces},
    page::one_line,
};

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// As in the page; empty means the page itself.
    pub action: String,
    /// GET or POST.
    pub method: Method,
    /// Inputs, text areas and selects, in order.
    pub fields: Vec<Field>,
    /// Submit buttons.
    pub buttons: Vec<Button>,
}

/// A field. A radio button or option that isn't chosen has `sent` false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// `hidden`, `text`, `checkbox`, `option` and so on.
    pub kind: String,
    /// Its value.
    pub value: String,
    /// Whether the unchanged form sends it. False when it isn't checked or chosen.
    pub sent: bool,
}

/// A submit button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Its text.
    pub text: String,
    /// Sent with its value when pressed; most buttons have none.
    pub name: Option<String>,
    /// Its value.
    pub value: String,
    /// `formaction`, in place of the form's action.
    pub action: Option<String>,
}

impl Form {
    /// The value of a field, if the unchanged form sends it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.sent && field.name == name).map(|field| field.value.as_str())
    }

    /// The pairs to send. Errors with a name that the form doesn't have.
    pub(super) fn filled(
        &self,
        button: Option<&Button>,
        given: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, String> {
        if let Some((name, _)) =
            given.iter().find(|(name, _)| !self.fields.iter().any(|field| field.name == *name))
        {
            return Err((*name).to_owned());
        }
        let replaced = |field: &Field| given.iter().any(|(name, _)| *name == field.name);
        let kept =
            self.fields.iter().filter(|field| field.sent && !field.name.is_empty() && !replaced(field));
        let mut pairs: Vec<_> = kept.map(|field| (field.name.clone(), field.value.clone())).collect();
        pairs.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if let Some(Button { name: Some(name), value, .. }) = button {
            pairs.push((name.clone(), value.clone()));
        }
        Ok(pairs)
    }
}

/// The element that the parser is in.
enum Open {
    Nothing,
    Button,
    TextArea,
    Select(String),
}

/// The forms of a page.
pub(super) fn read(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut open = Open::Nothing;
    for piece in pieces(html) {
        match &piece {
            Piece::Open(name, attributes) if name == "form" => {
                inside = true;
                forms.push(new_form(attributes));
            }
            Piece::Close(name) if name == "form" => inside = false,
            _ => {
                if let Some(form) = forms.last_mut().filter(|_| inside) {
                    open = take_in(form, open, &piece);
                }
            }
        }
    }
    for form in &mut forms {
        choose_first_options(form);
        form.buttons.iter_mut().for_each(|button| button.text = one_line(&button.text));
    }
    forms
}

fn new_form(attributes: &[(String, String)]) -> Form {
    let post = attribute(attributes, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
    Form {
        action: attribute(attributes, "action").unwrap_or_default().to_owned(),
        method: if post { Method::POST } else { Method::GET },
        fields: Vec::new(),
        buttons: Vec::new(),
    }
}

fn take_in(form: &mut Form, open: Open, piece: &Piece) -> Open {
    match piece {
        Piece::Open(name, attributes) => {
            let get = |name: &str| attribute(attributes, name).map(str::to_owned);
            let field = |kind: &str, value: String, sent: bool| Field {
                name: get("name").unwrap_or_default(),
                kind: kind.to_owned(),
                value,
                sent: sent && get("disabled").is_none(),
            };
            match name.as_str() {
                "input" => {
                    input(form, attributes);
                    open
                }
                "button" if get("type").is_none_or(|kind| kind.eq_ignore_ascii_case("submit")) => {
                    form.buttons.push(button(attributes, String::new()));
                    Open::Button
                }
                "textarea" => {
                    form.fields.push(field("textarea", String::new(), true));
                    Open::TextArea
                }
                "select" => Open::Select(get("name").unwrap_or_default()),
                "option" => {
                    if let Open::Select(select) = &open {
                        let sent = get("selected").is_some();
                        let value = get("value").unwrap_or_default();
                        form.fields.push(Field { name: select.clone(), ..field("option", value, sent) });
                    }
                    open
                }
                _ => open,
            }
        }
        Piece::Text(text) => {
            match (&open, form.fields.last_mut(), form.buttons.last_mut()) {
                (Open::Button, _, Some(button)) => button.text.push_str(text),
                (Open::TextArea, Some(field), _) => field.value.push_str(text),
                _ => {}
            }
            open
        }
        Piece::Close(name) if ["button", "textarea", "select"].contains(&name.as_str()) => Open::Nothing,
        Piece::Close(_) => open,
    }
}

fn input(form: &mut Form, attributes: &[(String, String)]) {
    let get = |name: &str| attribute(attributes, name).map(str::to_owned);
    let kind = get("type").unwrap_or_else(|| "text".to_owned()).to_ascii_lowercase();
    let ticked = matches!(kind.as_str(), "checkbox" | "radio");
    match kind.as_str() {
        "submit" | "image" => form.buttons.push(button(attributes, get("value").unwrap_or_default())),
        "button" | "reset" => {}
        _ => form.fields.push(Field {
            name: get("name").unwrap_or_default(),
            value: get("value").unwrap_or_else(|| if ticked { "on".to_owned() } else { String::new() }),
            sent: (!ticked || get("checked").is_some()) && get("disabled").is_none(),
            kind,
        }),
    }
}

fn button(attributes: &[(String, String)], text: String) -> Button {
    let get = |name: &str| attribute(attributes, name).map(str::to_owned);
    Button {
        text,
        name: get("name").filter(|name| !name.is_empty()),
        value: get("value").unwrap_or_default(),
        action: get("formaction"),
    }
}

/// A select without a chosen option sends its first option.
fn choose_first_options(form: &mut Form) {
    let names: Vec<String> =
        form.fields.iter().filter(|field| field.kind == "option").map(|field| field.name.clone()).collect();
    for name in names {
        let mut options = form.fields.iter_mut().filter(|field| field.kind == "option" && field.name == name);
        let first = options.next();
        let chosen = first.as_ref().is_some_and(|field| field.sent) || options.any(|field| field.sent);
        if let Some(first) = first.filter(|_| !chosen) {
            first.sent = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form action="/x?a=1&amp;b=2" method=POST>
        <input type="hidden" name="csrf" value="&quot;t&quot;">
        <label>Name <input name=name value=Ada></label>
        <input type=checkbox name=all><input type=checkbox name=some value=1 checked>
        <input type=radio name=r value=a><input type=radio name=r value=b checked>
        <select name=s><option value=1>One<option value=2>Two</select>
        <textarea name=t>Hello</textarea><input disabled name=d value=no>
        <button name=go value=yes> Save <b>it</b></button><button type=button>No</button>
        <input type=submit value=Cancel></form><form><button formaction="/y">Other</button></form>"#;

    #[test]
    fn a_form_is_read_and_filled() {
        let forms = read(PAGE);
        assert_eq!(forms.len(), 2);
        let form = &forms[0];
        assert_eq!((form.action.as_str(), &form.method), ("/x?a=1&b=2", &Method::POST));
        let buttons: Vec<_> = form.buttons.iter().map(|button| button.text.as_str()).collect();
        assert_eq!(buttons, ["Save it", "Cancel"]);
        let pairs = form.filled(form.buttons.first(), &[("name", "Grace")]).unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("csrf", "\"t\""),
            ("some", "1"),
            ("r", "b"),
            ("s", "1"),
            ("t", "Hello"),
            ("name", "Grace"),
            ("go", "yes"),
        ];
        assert_eq!(pairs, expected);
        assert_eq!(form.filled(None, &[("colour", "red")]), Err("colour".to_owned()));
        assert_eq!(forms[1].buttons[0].action.as_deref(), Some("/y"));
        assert_eq!(forms[1].method, Method::GET);
    }
}
