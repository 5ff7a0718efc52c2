//! The theme of a page: as the person chose it, in a cookie, or else as the browser has it.

use actix_web::{HttpRequest, cookie::Cookie};

use crate::{
    State,
    http::session::{cookie_name, host_cookie},
};

/// The name of the cookie.
const COOKIE: &str = "theme";
/// How long a browser stores the choice, in days.
const DAYS: i64 = 365;

tokio::task_local! {
    /// The theme of the request that this task answers: every page has it, also refusals that know no request.
    static THEME: Theme;
}

/// A theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// That of the browser.
    #[default]
    System,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// All themes, each with its name in forms and cookies.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::System, "system"), (Self::Light, "light"), (Self::Dark, "dark")];

    /// The theme of this name; that of the browser for any other text.
    pub fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::System, |(theme, _)| *theme)
    }

    /// The theme that the browser of a request chose.
    pub fn of(state: &State, req: &HttpRequest) -> Self {
        req.cookie(&cookie_name(state, COOKIE)).map_or(Self::System, |cookie| Self::named(cookie.value()))
    }

    /// The theme of the request that this task answers.
    pub fn current() -> Self {
        THEME.try_with(|theme| *theme).unwrap_or_default()
    }

    /// Runs a future whose pages have this theme.
    pub async fn during<T>(self, future: impl Future<Output = T>) -> T {
        THEME.scope(self, future).await
    }

    /// The cookie that stores the choice; for the browser's theme, its removal.
    pub fn cookie(self, state: &State) -> Cookie<'static> {
        let (name, days) = match self {
            Self::System => ("", 0),
            Self::Light => ("light", DAYS),
            Self::Dark => ("dark", DAYS),
        };
        host_cookie(state, COOKIE, name.to_owned(), actix_web::cookie::time::Duration::days(days))
    }

    /// The value of the attribute of the page's root, if it has one.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[actix_web::test]
    async fn a_page_has_the_theme_of_its_task() {
        assert_eq!(Theme::current(), Theme::System);
        Theme::Dark.during(async { assert_eq!(Theme::current(), Theme::Dark) }).await;
        assert_eq!(Theme::current(), Theme::System);
    }

    #[test]
    fn a_theme_has_a_name_and_other_names_have_none() {
        for (theme, name) in Theme::ALL {
            assert_eq!(Theme::named(name), theme);
        }
        assert_eq!(Theme::named("\"><script>"), Theme::System);
    }
}
