//! The HTML of the administration page: apps, people, groups, keys, and the last exchanges, from copies made under the lock. All
//! values are escaped.

use std::fmt::Write;

use actix_web::{HttpResponse, http::StatusCode};

use super::saml;
use crate::{
    directory::{App, Group, Person},
    okta::Okta,
    support::{
        exchange::Exchange,
        html::{self, escape},
    },
};

const EXCHANGES_SHOWN: usize = 50;

/// Hidden fields of a form: names and values.
type Hidden<'a> = &'a [(&'a str, &'a str)];

pub(super) fn home(okta: &Okta) -> HttpResponse {
    let (csrf, notice) = {
        let mut org = okta.org();
        (org.csrf.clone(), org.notice.take())
    };
    let mut body = format!(
        "<h1>{}</h1><p class=\"quiet\"><code>{}</code></p>",
        escape(okta.name()),
        escape(okta.issuer())
    );
    if let Some(notice) = notice {
        let _ = write!(body, "<p class=\"card\" role=\"status\">{}</p>", escape(&notice));
    }
    let desk = Desk { okta, csrf, people: okta.people(), groups: okta.groups() };
    desk.okta.apps().iter().for_each(|app| body.push_str(&desk.app(app)));
    body.push_str(&desk.people());
    body.push_str(&desk.groups());
    let keys = [
        desk.button("rotate keys", "Rotate keys", &[]),
        desk.button("forget old keys", "Forget old keys", &[]),
    ];
    let _ = write!(
        body,
        "<section class=\"card\"><h2>Signing keys</h2><div class=\"row\">{}</div></section>",
        keys.concat()
    );
    body.push_str(&exchanges(&okta.exchanges()));
    html::page(StatusCode::OK, &format!("{} - pretend Okta", okta.name()), &body)
}

/// State of the org that the parts of the page share.
pub(super) struct Desk<'a> {
    pub(super) okta: &'a Okta,
    csrf: String,
    people: Vec<Person>,
    groups: Vec<Group>,
}

impl Desk<'_> {
    /// A form with `inner` and a button.
    fn form(&self, action: &str, label: &str, hidden: Hidden<'_>, inner: &str) -> String {
        let hidden: String = [("csrf", self.csrf.as_str()), ("action", action)]
            .iter()
            .chain(hidden)
            .map(|(name, value)| {
                format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
            })
            .collect();
        format!(
            "<form method=\"post\" action=\"/act\">{hidden}{inner}<button>{}</button></form>",
            escape(label)
        )
    }

    /// A form that is one button.
    pub(super) fn button(&self, action: &str, label: &str, hidden: Hidden<'_>) -> String {
        self.form(action, label, hidden, "")
    }

    fn app(&self, app: &App) -> String {
        let here = [("app", app.client_id.as_str())];
        let mut row = String::new();
        if let Some(url) = self.okta.open_app_url(app) {
            let _ = write!(row, "<a href=\"{}\">Open {}</a>", escape(&url), escape(&app.settings.label));
        }
        if self.okta.has_oauth(app) {
            let again = if self.okta.is_authenticated(app) { "Re-authenticate" } else { "Authenticate" };
            let (id, label) = (escape(&app.client_id), escape(&app.settings.label));
            let _ = write!(row, "<a href=\"/authenticate/{id}\">{again} with {label}</a>");
        }
        row.push_str(&self.button("test the connection", "Test API credentials", &here));
        row.push_str(&self.button("import people", "Import people", &here));
        row.push_str(&self.button("discover roles", "Discover roles", &here));
        let pushed: String = self.groups.iter().map(|group| self.push(app, group)).collect();
        let rows: String = self.people.iter().map(|person| self.assignment(app, person)).collect();
        let saml = saml::part(self, app);
        format!(
            "<section class=\"card\"><h2>{}</h2><p class=\"quiet\">{} <code>{}</code></p>\
             <div class=\"row\">{row}{pushed}</div>{saml}<table><thead><tr><th>Person</th><th>State</th><th></th></tr></thead>\
             <tbody>{rows}</tbody></table></section>",
            escape(&app.settings.label),
            if saml.is_empty() { "Client" } else { "SAML 2.0, app instance" },
            escape(&app.client_id),
        )
    }

    fn push(&self, app: &App, group: &Group) -> String {
        let verb = if self.okta.scim_group_id(app, group).is_some() { "Push now" } else { "Push group" };
        let hidden = [("app", app.client_id.as_str()), ("group", group.id.as_str())];
        self.button("push the group", &format!("{verb}: {}", group.name), &hidden)
    }

    fn assignment(&self, app: &App, person: &Person) -> String {
        let both = [("app", app.client_id.as_str()), ("person", person.id.as_str())];
        let linked = self.okta.scim_id(app, person).is_some();
        let mut buttons = String::new();
        let state = match self.okta.is_assigned(app, person) {
            false => {
                buttons.push_str(&self.button("assign", "Assign", &both));
                "not assigned"
            }
            true => {
                buttons.push_str(&self.button("unassign", "Unassign", &both));
                buttons.push_str(&self.button("sign out of the app", "Sign out of the app", &both));
                if linked { "provisioned" } else { "assigned" }
            }
        };
        let roles = self.okta.roles(app);
        if linked && !roles.is_empty() {
            let option =
                |id: &str, name: &str| format!("<option value=\"{}\">{}</option>", escape(id), escape(name));
            let options: String = roles.iter().map(|role| option(&role.id, &role.display_name)).collect();
            let select = format!("<select name=\"role\" aria-label=\"Role\">{options}</select>");
            buttons.push_str(&self.form("give the role", "Give role", &both, &select));
        }
        format!(
            "<tr><td>{}</td><td>{state}</td><td><div class=\"row\">{buttons}</div></td></tr>",
            escape(&person.login)
        )
    }

    fn people(&self) -> String {
        let rows: String = self.people.iter().map(|person| self.person(person)).collect();
        format!(
            "<section class=\"card\"><h2>People</h2><p class=\"quiet\">The passwords are toys, made at start.</p>\
             <table><thead><tr><th>Username</th><th>Password</th><th>State</th><th></th></tr></thead>\
             <tbody>{rows}</tbody></table></section>"
        )
    }

    fn person(&self, person: &Person) -> String {
        let who = [("person", person.id.as_str())];
        let names = format!(
            "<input name=\"given\" aria-label=\"First name\" value=\"{}\"><input name=\"family\" \
             aria-label=\"Last name\" value=\"{}\">",
            escape(&person.given),
            escape(&person.family)
        );
        let (state, toggle) = match person.active {
            true => ("active", self.button("deactivate", "Deactivate", &who)),
            false => ("deactivated", self.button("reactivate", "Reactivate", &who)),
        };
        format!(
            "<tr><td>{}</td><td><code>{}</code></td><td>{state}</td><td><div class=\"row\">{}{}{toggle}</div></td></tr>",
            escape(&person.login),
            escape(&person.password),
            self.form("change the name", "Change name", &who, &names),
            self.button("clear user sessions", "Clear user sessions", &who),
        )
    }

    fn groups(&self) -> String {
        let mut rows = String::new();
        for group in &self.groups {
            let (inside, outside): (Vec<_>, Vec<_>) =
                self.people.iter().partition(|person| group.members.contains(&person.id));
            let hidden = [("group", group.id.as_str())];
            let mut forms = String::new();
            if !outside.is_empty() {
                forms.push_str(&self.form("add to the group", "Add", &hidden, &choice(&outside)));
            }
            if !inside.is_empty() {
                forms.push_str(&self.form("remove from the group", "Remove", &hidden, &choice(&inside)));
            }
            let _ = write!(
                rows,
                "<tr><td>{}</td><td>{} people</td><td><div class=\"row\">{forms}</div></td></tr>",
                escape(&group.name),
                inside.len()
            );
        }
        format!("<section class=\"card\"><h2>Groups</h2><table><tbody>{rows}</tbody></table></section>")
    }
}

fn choice(people: &[&Person]) -> String {
    let option = |person: &&Person| {
        format!("<option value=\"{}\">{}</option>", escape(&person.id), escape(&person.login))
    };
    let options: String = people.iter().map(option).collect();
    format!("<select name=\"person\" aria-label=\"Person\">{options}</select>")
}

fn exchanges(all: &[Exchange]) -> String {
    let row = |exchange: &Exchange| {
        let (class, status) = match exchange.status {
            0 => ("bad", "no answer".to_owned()),
            good @ 200..=299 => ("good", format!("{good} ok")),
            bad => ("bad", format!("{bad} refused")),
        };
        format!(
            "<tr><td>{}</td><td>{} <code>{}</code></td><td class=\"{class}\">{status}</td><td>{}</td></tr>",
            escape(&exchange.sent),
            escape(&exchange.method),
            escape(&exchange.url),
            escape(&exchange.received)
        )
    };
    let rows: String = all.iter().rev().take(EXCHANGES_SHOWN).map(row).collect();
    let rows = if rows.is_empty() { "<tr><td>Nothing was sent yet.</td></tr>".to_owned() } else { rows };
    format!(
        "<section class=\"card\"><h2>On the wire</h2><table><thead><tr><th>Sent</th><th>Request</th><th>Status</th>\
         <th>Received</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )
}
