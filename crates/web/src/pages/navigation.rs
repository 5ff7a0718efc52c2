//! The parts of the administrator's pages, as the frame of every page offers them: five at most, and the links within one.
//! Says where pages stand, never who may see them (`console::door`).

/// One part.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub title: &'static str,
    /// Its pages: name and path, the first of which the part opens with.
    pub links: &'static [(&'static str, &'static str)],
}

/// All of them, in the order in which they stand.
pub const PARTS: [Part; 5] = [
    Part {
        title: "Okta",
        links: &[
            ("Connection", "/integrations/okta"),
            ("Who is this?", "/integrations/okta/conflicts"),
            ("Requests", "/requests"),
            ("Tokens", "/tokens"),
        ],
    },
    Part { title: "People", links: &[("People", "/people"), ("Groups", "/groups")] },
    Part { title: "Roles", links: &[("Roles", "/roles")] },
    Part { title: "Activity", links: &[("Activity", "/activity")] },
    Part { title: "Settings", links: &[("Settings", "/settings"), ("Webhooks", "/webhooks")] },
];

impl Part {
    /// The path it opens with.
    pub fn path(&self) -> &'static str {
        self.links.first().map_or("/", |(_, path)| path)
    }

    /// Whether the page of this path stands in it.
    pub fn holds(&self, path: &str) -> bool {
        self.current(path).is_some()
    }

    /// Whether this link of it is the one under which the page stands.
    pub fn is_current(&self, link: &str, path: &str) -> bool {
        self.current(path) == Some(link)
    }

    /// The link under which the page stands: the longest that its path begins with.
    fn current(&self, path: &str) -> Option<&'static str> {
        let under = |link: &&str| {
            path.strip_prefix(*link).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.links.iter().map(|(_, link)| *link).filter(under).max_by_key(|link| link.len())
    }
}

#[cfg(test)]
mod tests {
    use super::PARTS;

    #[test]
    fn a_page_stands_in_one_part_under_one_link() {
        for (path, part, link) in [
            ("/integrations/okta", "Okta", "/integrations/okta"),
            ("/integrations/okta/brake", "Okta", "/integrations/okta"),
            ("/integrations/okta/conflicts", "Okta", "/integrations/okta/conflicts"),
            ("/people", "People", "/people"),
            ("/people/1/end-access", "People", "/people"),
            ("/settings/domains", "Settings", "/settings"),
        ] {
            let held: Vec<_> = PARTS.iter().filter(|one| one.holds(path)).collect();
            assert_eq!(held.iter().map(|one| one.title).collect::<Vec<_>>(), [part], "{path}");
            assert!(held[0].is_current(link, path), "{path}");
        }
        for path in ["/account", "/peoples", "/", ""] {
            assert!(!PARTS.iter().any(|part| part.holds(path)), "{path}");
        }
        assert!(PARTS.len() <= 5, "a frame has five entries at most");
    }
}
