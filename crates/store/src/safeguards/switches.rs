//! Switches of the whole deployment, which every node reads each second. A switch is on while it has a row.

use diesel::prelude::*;
use vestibule_core::{ids::DEPLOYMENT, time::Micros};

use crate::{Conn, Result, db::schema::switches, on_backend};

/// The switch of the read-only mode.
const READ_ONLY: &str = "read_only";

/// Since when the deployment is read-only; `None`: it is not.
pub fn read_only_since(conn: &mut Conn) -> Result<Option<Micros>> {
    let row = switches::table.find((&*DEPLOYMENT, READ_ONLY));
    Ok(row.select(switches::since).first(conn).optional()?)
}

/// Sets the read-only mode. Returns whether it was set otherwise before.
pub fn set_read_only(conn: &mut Conn, on: bool, now: Micros) -> Result<bool> {
    let changed = if on {
        let new =
            (switches::workspace_id.eq(&*DEPLOYMENT), switches::name.eq(READ_ONLY), switches::since.eq(now));
        on_backend!(conn, |inner| {
            diesel::insert_into(switches::table).values(new).on_conflict_do_nothing().execute(inner)
        })?
    } else {
        diesel::delete(switches::table.find((&*DEPLOYMENT, READ_ONLY))).execute(conn)?
    };
    Ok(changed > 0)
}
