//! The sections of the administrator's pages in the navigation of every page. Never decides who may see a page: the console's extractors do
//! (`console::layout::access`).

/// A section.
#[derive(Debug)]
pub struct Section {
    /// The name.
    pub title: &'static str,
    /// The id of its icon in `assets/icons.svg`.
    pub icon: &'static str,
    /// Whether a line separates it from the section before.
    pub gap: bool,
    /// The name and path of each page; the section opens with the first.
    pub links: &'static [(&'static str, &'static str)],
}

/// The title of the section of the identity provider, where it is Okta. Another provider's has another title ([`Frame`](super::Frame)).
pub const PROVIDER: &str = "Okta";

const fn section(
    title: &'static str,
    icon: &'static str,
    links: &'static [(&'static str, &'static str)],
) -> Section {
    Section { title, icon, gap: false, links }
}

/// All sections, in the order of the navigation.
pub const SECTIONS: [Section; 10] = [
    section("Overview", "overview", &[("Overview", "/overview")]),
    section(
        PROVIDER,
        "provider",
        &[
            ("Connection", "/integrations/okta"),
            ("Who is this?", "/integrations/okta/conflicts"),
            ("AI access", "/integrations/agents"),
            ("IPSIE self-check", "/integrations/okta/ipsie"),
        ],
    ),
    section("People", "people", &[("People", "/people")]),
    section("Groups", "groups", &[("Groups", "/groups")]),
    section("Roles", "roles", &[("Roles", "/roles")]),
    section("Credentials", "credentials", &[("Credentials", "/tokens")]),
    Section { gap: true, ..section("Requests", "requests", &[("Requests", "/requests")]) },
    section("Audit log", "log", &[("Audit log", "/activity")]),
    section("Webhooks", "webhooks", &[("Webhooks", "/webhooks")]),
    Section { gap: true, ..section("Settings", "settings", &[("Settings", "/settings")]) },
];

impl Section {
    /// The path of the first page.
    pub fn path(&self) -> &'static str {
        self.links.first().map_or("/", |(_, path)| path)
    }

    /// Whether the page of this path is in the section.
    pub fn contains(&self, path: &str) -> bool {
        self.current(path).is_some()
    }

    /// Whether the page of this path is under this link of the section.
    pub fn is_current(&self, link: &str, path: &str) -> bool {
        self.current(path) == Some(link)
    }

    /// The link of the page: the longest that its path begins with.
    fn current(&self, path: &str) -> Option<&'static str> {
        let under = |link: &&str| {
            path.strip_prefix(*link).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.links.iter().map(|(_, link)| *link).filter(under).max_by_key(|link| link.len())
    }
}

#[cfg(test)]
mod tests {
    use super::SECTIONS;

    #[test]
    fn a_page_is_in_one_section_under_one_link() {
        for (path, section, link) in [
            ("/integrations/okta", "Okta", "/integrations/okta"),
            ("/integrations/okta/brake", "Okta", "/integrations/okta"),
            ("/integrations/okta/conflicts", "Okta", "/integrations/okta/conflicts"),
            ("/integrations/okta/ipsie/export", "Okta", "/integrations/okta/ipsie"),
            ("/people", "People", "/people"),
            ("/people/1/end-access", "People", "/people"),
            ("/tokens/1/revoke", "Credentials", "/tokens"),
            ("/settings/domains", "Settings", "/settings"),
        ] {
            let sections: Vec<_> = SECTIONS.iter().filter(|one| one.contains(path)).collect();
            assert_eq!(sections.iter().map(|one| one.title).collect::<Vec<_>>(), [section], "{path}");
            assert!(sections[0].is_current(link, path), "{path}");
        }
        for path in ["/account", "/peoples", "/", ""] {
            assert!(!SECTIONS.iter().any(|section| section.contains(path)), "{path}");
        }
    }

    #[test]
    fn every_section_has_an_icon_of_the_file() {
        for section in &SECTIONS {
            assert!(crate::pages::ICONS.contains(&format!("id=\"{}\"", section.icon)), "{}", section.icon);
        }
    }
}
