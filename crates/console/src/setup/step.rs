//! The steps of the set-up: their order, names and titles. Pure.

use vestibule_core::{providers::Provider, sets::OktaAppKind};

/// A step; each has a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Choose the kind of app.
    App,
    /// Create or add the app at the provider.
    Create,
    /// Enter its credentials here.
    Credentials,
    /// Sign in once as a test, then turn sign-in on.
    Test,
    /// Connect provisioning.
    Provisioning,
    /// Connect Universal Logout; Okta's alone.
    Logout,
    /// Prove the email domain.
    Domain,
    /// The summary.
    Done,
}

impl Step {
    /// All steps, in order.
    pub(crate) const ALL: [Self; 8] = [
        Self::App,
        Self::Create,
        Self::Credentials,
        Self::Test,
        Self::Provisioning,
        Self::Logout,
        Self::Domain,
        Self::Done,
    ];

    /// Name in the address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Create => "create",
            Self::Credentials => "credentials",
            Self::Test => "test",
            Self::Provisioning => "provisioning",
            Self::Logout => "logout",
            Self::Domain => "domain",
            Self::Done => "done",
        }
    }

    /// The step of a name in an address.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    /// The title, for an app of this kind at this provider.
    pub(crate) fn title(self, app: OktaAppKind, at: &Provider) -> String {
        match self {
            Self::App => "Choose your app".to_owned(),
            Self::Create if app == OktaAppKind::Catalog => format!("Add it in {}", at.name),
            Self::Create => format!("Create it in {}", at.name),
            Self::Credentials => "Enter the credentials".to_owned(),
            Self::Test => "Test sign-in".to_owned(),
            Self::Provisioning => "Provisioning".to_owned(),
            Self::Logout => "Universal Logout".to_owned(),
            Self::Domain => "Email domain".to_owned(),
            Self::Done => "Summary".to_owned(),
        }
    }

    /// The steps of a workspace. Universal Logout is Okta's alone. The domain is a step unless the operator has verified one.
    pub(crate) fn of(at: &Provider, has_domain_step: bool) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|step| match step {
            Self::Logout => at.is_okta(),
            Self::Domain => has_domain_step,
            _ => true,
        })
        .collect()
    }
}
