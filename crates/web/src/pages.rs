//! HTML pages: the frame of each page, and the page that refuses. Pages work without script, have a strict Content-Security-Policy, and
//! have nothing secret in a title or URL.

mod asset;
mod frame;
mod isolate;
pub(crate) mod navigation;
mod onward;
mod refused;
mod theme;

pub use asset::{Asset, OWN, OwnAssets};
pub use frame::{FormTargets, Frame, Layout, render};
pub use isolate::isolate;
pub use onward::{Words, onward, post_onward};
pub use refused::{Refused, failed, failure};
pub use theme::Theme;

/// The stylesheet, compiled in.
pub const STYLE: &str = concat!(
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/frame.css"),
    include_str!("../assets/css/parts.css"),
    include_str!("../assets/css/forms.css"),
    include_str!("../assets/css/tables.css"),
    include_str!("../assets/css/charts.css"),
    include_str!("../assets/css/setup.css"),
    include_str!("../assets/css/print.css"),
);
/// The script, compiled in: it copies texts, sends forms that lead to another site, and updates numbers while a page is visible.
pub const SCRIPT: &str = include_str!("../assets/vestibule.js");
/// The icon, compiled in.
pub const ICON: &str = include_str!("../assets/vestibule.svg");
/// The icons of the navigation, compiled in.
pub const ICONS: &str = include_str!("../assets/icons.svg");
