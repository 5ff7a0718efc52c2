//! What a requirement is: its level, its source and section, and whose part it is.

/// A level of IPSIE, of one of its two axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Single sign-on and session lifetime.
    Sl1,
    /// Logout and session termination.
    Sl2,
    /// Continuous access.
    Sl3,
    /// User deprovisioning.
    Al1,
    /// User and group management.
    Al2,
    /// Role management.
    Al3,
}

impl Level {
    /// All levels, in order.
    pub const ALL: [Level; 6] = [Level::Sl1, Level::Sl2, Level::Sl3, Level::Al1, Level::Al2, Level::Al3];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Level::Sl1 => "SL1",
            Level::Sl2 => "SL2",
            Level::Sl3 => "SL3",
            Level::Al1 => "AL1",
            Level::Al2 => "AL2",
            Level::Al3 => "AL3",
        }
    }

    /// What it is about, as the levels document names it.
    pub fn title(self) -> &'static str {
        match self {
            Level::Sl1 => "Single sign-on and session lifetime",
            Level::Sl2 => "Logout and session termination",
            Level::Sl3 => "Continuous access",
            Level::Al1 => "User deprovisioning",
            Level::Al2 => "User and group management",
            Level::Al3 => "User role management",
        }
    }

    /// Whether another level is this one or a lower one of the same axis.
    pub fn includes(self, other: Level) -> bool {
        let place = |level: Level| match level {
            Level::Sl1 => ('s', 1),
            Level::Sl2 => ('s', 2),
            Level::Sl3 => ('s', 3),
            Level::Al1 => ('a', 1),
            Level::Al2 => ('a', 2),
            Level::Al3 => ('a', 3),
        };
        let ((axis, height), (other_axis, other_height)) = (place(self), place(other));
        axis == other_axis && other_height <= height
    }
}

/// A document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The levels.
    Levels,
    /// The profile of OpenID Connect for SL1.
    OpenIdSl1,
    /// The profile of SCIM for AL1.
    ScimAl1,
}

impl Source {
    /// All documents.
    pub const ALL: [Source; 3] = [Source::Levels, Source::OpenIdSl1, Source::ScimAl1];

    /// The name in citations.
    pub fn document(self) -> &'static str {
        match self {
            Source::Levels => "IPSIE Levels",
            Source::OpenIdSl1 => "draft-openid-ipsie-sl1-profile",
            Source::ScimAl1 => "draft-ipsie-scim-al1-profile",
        }
    }

    /// The title.
    pub fn title(self) -> &'static str {
        match self {
            Source::Levels => "IPSIE Levels",
            Source::OpenIdSl1 => "IPSIE SL1 OpenID Connect Profile",
            Source::ScimAl1 => "IPSIE AL1 SCIM 2.0 Profile",
        }
    }

    /// The date of the text that was read. All three are drafts and will change.
    pub fn date(self) -> &'static str {
        match self {
            Source::Levels => "2026-02-25",
            Source::OpenIdSl1 => "2025-09-02",
            Source::ScimAl1 => "2025-12-12",
        }
    }
}

/// How strongly a document says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// MUST or SHALL.
    Must,
    /// SHOULD.
    Should,
}

impl Strength {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Strength::Must => "must",
            Strength::Should => "should",
        }
    }
}

/// Who has to meet a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The application, which this service is the door of.
    Application,
    /// The identity service: the workspace's provider.
    IdentityService,
}

impl Part {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Part::Application => "application",
            Part::IdentityService => "identity_service",
        }
    }
}

/// A requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// A name that never changes.
    pub id: &'static str,
    /// Its level.
    pub level: Level,
    /// Its strength.
    pub strength: Strength,
    /// Whose it is.
    pub part: Part,
    /// The document.
    pub source: Source,
    /// The section there.
    pub section: &'static str,
    /// What is required.
    pub text: &'static str,
}
