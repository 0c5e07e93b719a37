//! Reading a SQLite URL.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use edafw_core::{Error, Result, StoreOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

/// Pages in the write-ahead log that make the next commit move them into the database: 16 MiB. Queue and outbox
/// write the same few pages again and again, and a page is moved once however often it was written; with SQLite's
/// own 1,000, much of a drain is moving them and waiting for the disk.
const CHECKPOINT_PAGES: &str = "4000";

/// Rows that the driver's thread hands over without waiting for them to be taken: as many as a claim or a receive
/// has at most, so that it does not stop and wait for every 50 of them while the database is held.
const ROWS: usize = 1_000;

/// What a SQLite URL says.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The same for every handle of the same database, in this process and others.
    pub(super) identity: String,
    /// For the user's transactions.
    pub(super) user: SqliteConnectOptions,
    /// For the framework's own writes. A power cut may undo the last of them, and what they say is found
    /// again from the rows before: that is why they do not wait for the disk.
    pub(super) framework: SqliteConnectOptions,
    /// Whether the database is gone when its last connection closes.
    pub(super) in_memory: bool,
}

impl Config {
    /// Reads a URL such as `sqlite:data/member.db?synchronous=full`.
    pub(super) fn parse(url: &str, options: &StoreOptions) -> Result<Self> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(Error::configuration(format!(
                "`{}` is not a SQLite URL; write `sqlite:path/to/file.db`",
                scheme(url)
            )));
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut synchronous = SqliteSynchronous::Full;
        let mut in_memory = path == ":memory:";
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("synchronous", value)) => {
                    synchronous = SqliteSynchronous::from_str(value).map_err(|_| option_error(pair))?;
                }
                Some(("mode", "memory")) => in_memory = true,
                Some(("mode", "rwc")) => {}
                _ => return Err(option_error(pair)),
            }
        }
        if path.is_empty() {
            return Err(Error::configuration("a SQLite URL names a file: `sqlite:path/to/file.db`"));
        }
        let (connect, identity) = if in_memory { memory(path) } else { file(path)? };
        let user = connect.busy_timeout(options.acquire_timeout).foreign_keys(true).synchronous(synchronous);
        let framework = user.clone().row_buffer_size(ROWS).synchronous(match synchronous {
            SqliteSynchronous::Off => SqliteSynchronous::Off,
            chosen if options.durable_bookkeeping => chosen,
            _ => SqliteSynchronous::Normal,
        });
        Ok(Self { identity, user, framework, in_memory })
    }
}

/// A database in memory that all connections of this process share by its name.
fn memory(path: &str) -> (SqliteConnectOptions, String) {
    let name = if path == ":memory:" { uuid::Uuid::now_v7().to_string() } else { path.to_owned() };
    let options = SqliteConnectOptions::new()
        .filename(format!("file:/edafw-{name}?vfs=memdb"))
        .journal_mode(SqliteJournalMode::Memory);
    (options, format!("sqlite:memory:{name}"))
}

fn file(path: &str) -> Result<(SqliteConnectOptions, String)> {
    let path = absolute(Path::new(path))?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    Ok((options, format!("sqlite:{}", path.display())))
}

/// The file's path without links, so that two spellings of one file are one database.
fn absolute(path: &Path) -> Result<PathBuf> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| {
        Error::configuration(format!("`{}` names no file; write `sqlite:path/to/file.db`", path.display()))
    })?;
    let directory = directory.canonicalize().map_err(|error| {
        Error::configuration(format!(
            "the directory `{}` of the database cannot be used; create it first",
            directory.display()
        ))
        .caused_by(error)
    })?;
    Ok(directory.join(name))
}

/// A URL's scheme: all of it that may be shown.
fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("(no scheme)", |(scheme, _)| scheme)
}

fn option_error(pair: &str) -> Error {
    Error::configuration(format!(
        "`{pair}` is not an option of a SQLite URL; there are `synchronous=full|normal|off|extra` and `mode=memory`"
    ))
}

#[cfg(test)]
mod tests {
    use edafw_core::StoreOptions;

    use super::Config;

    fn error(url: &str) -> String {
        edafw_core::Error::chain(&Config::parse(url, &StoreOptions::default()).unwrap_err())
    }

    #[test]
    fn two_spellings_are_one_database() {
        let directory = tempfile::tempdir().unwrap();
        let plain = format!("sqlite:{}/a.db", directory.path().display());
        let dotted = format!("sqlite://{}/./a.db?synchronous=normal", directory.path().display());
        let identity = |url: &str| Config::parse(url, &StoreOptions::default()).unwrap().identity;
        assert_eq!(identity(&plain), identity(&dotted));
    }

    #[test]
    fn a_memory_database_without_a_name_is_alone() {
        let identity = || Config::parse("sqlite::memory:", &StoreOptions::default()).unwrap().identity;
        assert_ne!(identity(), identity());
    }

    #[test]
    fn says_what_is_accepted() {
        assert!(error("postgres://u:secret@h/db").contains("`postgres` is not a SQLite URL"));
        assert!(!error("postgres://u:secret@h/db").contains("secret"));
        assert!(error("sqlite:").contains("names a file"));
        assert!(error("sqlite:/no/such/directory/a.db").contains("create it first"));
        assert!(error("sqlite:a.db?sync=off").contains("`sync=off` is not an option"));
        assert!(error("sqlite:a.db?synchronous=maybe").contains("synchronous=full|normal|off"));
    }
}
