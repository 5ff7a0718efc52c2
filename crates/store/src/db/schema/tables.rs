//! A macro that declares Diesel tables and lists their names, keys and columns, so that a test can compare them with a migrated database.

/// A table of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name of the table.
    pub name: &'static str,
    /// Columns of the primary key, in order.
    pub key: &'static [&'static str],
    /// All columns.
    pub columns: &'static [&'static str],
}

/// Declares tables as `diesel::table!` does, and describes them in `TABLES`.
macro_rules! tables {
    ($($name:ident ($($key:ident),+) { $($column:ident -> $type:ty,)+ })+) => {
        $(diesel::table! {
            $name ($($key),+) {
                $($column -> $type,)+
            }
        })+

        /// The tables of this file.
        pub(super) const TABLES: &[$crate::db::schema::Table] = &[
            $($crate::db::schema::Table {
                name: stringify!($name),
                key: &[$(stringify!($key)),+],
                columns: &[$(stringify!($column)),+],
            },)+
        ];
    };
}
