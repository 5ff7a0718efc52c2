//! Static files of the pages.

use vestibule_console::layout::assets;

use super::route::{Access::Anyone, ROOT, Route, Surface};

pub(super) fn routes() -> Vec<Route> {
    let asset = |path: &str| Route::new(&ROOT, path, Surface::Other);
    vec![
        asset("/assets/vestibule.css").get(Anyone, assets::style),
        asset("/assets/vestibule.js").get(Anyone, assets::script),
        asset("/assets/vestibule.svg").get(Anyone, assets::icon),
    ]
}
