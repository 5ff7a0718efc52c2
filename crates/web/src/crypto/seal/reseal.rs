//! Seals the stored values of other keys again with the current key, in small transactions, while the service runs. It may be stopped at
//! any time and run again, and any number of processes may run it: what is left is found in the rows themselves.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use vestibule_store::{Database, Error, db::sealed};

use super::{
    SealError, Sealer, Standing,
    columns::{self, SealedColumn},
    seal_with,
};

/// Values per transaction.
const BATCH: i64 = 20;
/// Passes over all columns. A value that a running process sealed with its former key meanwhile is found by the next pass.
const PASSES: usize = 5;

/// Outcome of [`reseal`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that this run sealed again.
    pub resealed: u64,
    /// Values that are not sealed with the current key.
    pub remaining: u64,
    /// Why some of them could not be opened: sentences with the column, without the value.
    pub failures: Vec<String>,
}

/// Values that a key sealed, in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Id of the key.
    pub key_id: String,
    /// The column, as `table.column`.
    pub column: String,
    /// Number of values.
    pub values: u64,
}

/// Seals all values again that the current key has not sealed.
///
/// # Errors
/// The database's, and [`SealError`] if nothing can be sealed.
pub fn reseal(database: &Database, sealer: &Sealer) -> Result<Resealed, Error> {
    let mut outcome = Resealed::default();
    for _ in 0..PASSES {
        // A value that cannot be opened is counted by the last pass only.
        outcome.failures.clear();
        let mut left = false;
        for column in &columns::ALL {
            left |= of_column(database, sealer, column, &mut outcome)?;
        }
        if !left {
            break;
        }
    }
    let current = current(sealer)?;
    let counts = count(database)?;
    outcome.remaining = counts.iter().filter(|count| count.key_id != current).map(|count| count.values).sum();
    Ok(outcome)
}

fn current(sealer: &Sealer) -> Result<String, Error> {
    let keys = sealer.fresh();
    let key = keys.keys.first().filter(|key| key.standing == Standing::Current);
    key.map(|key| key.id.clone()).ok_or_else(|| failed(SealError::Damaged))
}

/// One pass over one column. Returns whether a value was changed by another process at the same time.
fn of_column(
    database: &Database,
    sealer: &Sealer,
    sealed_column: &SealedColumn,
    outcome: &mut Resealed,
) -> Result<bool, Error> {
    let column = &sealed_column.column;
    let (mut after, mut missed) = (None, false);
    loop {
        let keys = sealer.fresh();
        let key = keys.keys.first().ok_or_else(|| failed(SealError::Damaged))?;
        let from: Option<Vec<String>> = after.take();
        let page = database.read(|conn| sealed::page(conn, column, &key.id, from.as_deref(), BATCH))?;
        let Some(last) = page.last() else { return Ok(missed) };
        after = Some(last.key.clone());
        let mut renewed = Vec::new();
        for value in &page {
            let context = (sealed_column.context)(&value.key).unwrap_or_default();
            match sealer.open(&context, &value.sealed) {
                Ok(plain) => {
                    renewed.push((value, seal_with(key, &context, plain.expose_secret()).map_err(failed)?));
                }
                Err(error) => {
                    note(&mut outcome.failures, format!("{}.{}: {error}", column.table, column.name));
                }
            }
        }
        let changed = database.write(|conn| {
            let mut changed = 0;
            for (value, new) in &renewed {
                changed += sealed::replace(conn, column, value, new)?;
            }
            Ok::<_, Error>(changed)
        })?;
        outcome.resealed += changed as u64;
        missed |= changed < renewed.len();
    }
}

/// Adds a sentence once.
fn note(failures: &mut Vec<String>, sentence: String) {
    if !failures.contains(&sentence) {
        failures.push(sentence);
    }
}

/// Counts the sealed values by key and column.
///
/// # Errors
/// The database's.
pub fn count(database: &Database) -> Result<Vec<Count>, Error> {
    count_in(database, &columns::ALL)
}

fn count_in(database: &Database, columns: &[SealedColumn]) -> Result<Vec<Count>, Error> {
    let mut counts = Vec::new();
    for SealedColumn { column, .. } in columns {
        for (key_id, values) in database.read(|conn| sealed::count(conn, column))? {
            let column = format!("{}.{}", column.table, column.name);
            counts.push(Count { key_id, column, values: u64::try_from(values).unwrap_or_default() });
        }
    }
    Ok(counts)
}

/// Number of columns at the beginning of [`columns::ALL`] that have few rows and live long.
const LASTING: usize = 5;

/// Values in the lasting columns whose key is not configured: the id of the key, and their number by column. Reads no sessions.
///
/// # Errors
/// The database's.
pub fn missing(database: &Database, sealer: &Sealer) -> Result<BTreeMap<String, Vec<Count>>, Error> {
    let keys = sealer.fresh();
    let mut found: BTreeMap<String, Vec<Count>> = BTreeMap::new();
    for count in count_in(database, columns::ALL.get(..LASTING).unwrap_or_default())? {
        if !keys.keys.iter().any(|key| key.id == count.key_id) {
            found.entry(count.key_id.clone()).or_default().push(count);
        }
    }
    Ok(found)
}

fn failed(error: SealError) -> Error {
    Error::Database(Box::new(error))
}
