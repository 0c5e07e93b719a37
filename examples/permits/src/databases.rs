//! Where the two services keep what they know.

use std::path::Path;

use edafw::{Backend, Error, Result};

use crate::database::Database;

/// The URLs of both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Databases {
    /// The office's.
    pub permits: String,
    /// The portal's, which holds the queue between the two.
    pub portal: String,
}

impl Databases {
    /// The databases that are named; for the others, files in `directory`.
    ///
    /// # Errors
    /// A kind that this program was not built for, none where files are none of it, or a directory that cannot be
    /// part of a URL.
    pub fn new(permits: Option<String>, portal: Option<String>, directory: Option<&Path>) -> Result<Self> {
        Ok(Self {
            permits: url::<Database>(permits, "permits", "database", "", directory)?,
            portal: url::<portal::Database>(portal, "portal", "portal-database", "portal-", directory)?,
        })
    }
}

fn url<B: Backend>(
    named: Option<String>,
    service: &str,
    option: &str,
    feature: &str,
    directory: Option<&Path>,
) -> Result<String> {
    let kind = B::SCHEME;
    if let Some(url) = named {
        let scheme = url.split_once(':').map_or("(none)", |(scheme, _)| scheme);
        // `postgresql:` and `mariadb:` are other spellings.
        if scheme.starts_with(kind) || (kind == "mysql" && scheme == "mariadb") {
            return Ok(url);
        }
        return Err(Error::configuration(format!(
            "--{option} is of the kind `{scheme}`, and this program was built for `{kind}`; the features \
             `{feature}postgres` and `{feature}mysql` choose another kind than SQLite"
        )));
    }
    if kind != "sqlite" {
        return Err(Error::configuration(format!(
            "name the database: --{option} {kind}://user@host/database"
        )));
    }
    match directory.map(|directory| (directory, directory.to_str().filter(|path| !path.contains('?')))) {
        Some((_, Some(directory))) => Ok(format!("sqlite:{directory}/{service}.db")),
        Some((directory, None)) => Err(Error::configuration(format!(
            "the data directory {} cannot be written in a database URL, which is UTF-8 and whose path ends at a `?`",
            directory.display()
        ))),
        None => Err(Error::configuration(format!("there is no data directory for {service}.db"))),
    }
}

#[cfg(all(
    test,
    not(any(
        feature = "mysql",
        feature = "postgres",
        feature = "portal-mysql",
        feature = "portal-postgres"
    ))
))]
mod tests {
    use std::path::Path;

    use super::Databases;

    #[test]
    fn what_is_not_named_is_a_file() {
        let databases = Databases::new(None, Some("sqlite:elsewhere.db".to_owned()), Some(Path::new("data")));
        let databases = databases.unwrap();
        assert_eq!(databases.permits, "sqlite:data/permits.db");
        assert_eq!(databases.portal, "sqlite:elsewhere.db");
    }

    #[test]
    fn another_kind_is_refused_without_its_password() {
        let url = Some("postgres://ada:secret@localhost/permits".to_owned());
        let error = Databases::new(url, None, Some(Path::new("data"))).unwrap_err().to_string();
        assert!(
            error.contains("--database is of the kind `postgres`") && !error.contains("secret"),
            "{error}"
        );
    }
}
