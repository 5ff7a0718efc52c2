//! Static files of the pages: each at an address of its own, and at one that carries the hash of its content.

use vestibule_console::layout::assets;

use super::route::{Access::Anyone, ROOT, Route, Surface};

pub(super) fn routes() -> Vec<Route> {
    let asset = |path: &str| Route::new(&ROOT, path, Surface::Other);
    vec![
        asset("/assets/vestibule.css").get(Anyone, assets::style),
        asset("/assets/vestibule.js").get(Anyone, assets::script),
        asset("/assets/vestibule.svg").get(Anyone, assets::icon),
        asset("/assets/icons.svg").get(Anyone, assets::icons),
        asset("/assets/brand.css").get(Anyone, assets::brand),
        asset("/assets/logo").get(Anyone, assets::logo),
        asset("/assets/vestibule.{hash}/vestibule.css").get(Anyone, assets::style),
        asset("/assets/vestibule.{hash}/vestibule.js").get(Anyone, assets::script),
        asset("/assets/vestibule.{hash}/icons.svg").get(Anyone, assets::icons),
        asset("/assets/vestibule.{hash}/brand.css").get(Anyone, assets::brand),
        asset("/assets/vestibule.{hash}/logo").get(Anyone, assets::logo),
    ]
}
