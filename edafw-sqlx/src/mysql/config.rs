//! Reading a MySQL URL.

use std::str::FromStr;

use edafw_core::{Error, Result};
use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;

/// What a MySQL URL says.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The same for every handle of the same database, in this process and others; without user and password.
    pub(super) identity: String,
    pub(super) options: MySqlConnectOptions,
}

/// Options of the driver that a URL may have.
const OPTIONS: &[&str] = &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"];

impl Config {
    /// Reads a URL such as `mysql://user:password@host:3306/database`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("(no scheme)", url));
        if scheme != "mysql" && scheme != "mariadb" {
            return Err(Error::configuration(format!(
                "`{scheme}` is not the scheme of a MySQL URL; write `mysql://user:password@host:3306/database`"
            )));
        }
        let (_, query) = rest.split_once('?').unwrap_or((rest, ""));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if !OPTIONS.contains(&name) {
                return Err(Error::configuration(format!(
                    "`{name}` is not an option of a MySQL URL; there are {}",
                    OPTIONS.iter().map(|option| format!("`{option}=`")).collect::<Vec<_>>().join(", ")
                )));
            }
        }
        // The driver's error may quote a part of the URL, and is left out.
        let options = MySqlConnectOptions::from_str(&format!("mysql:{rest}")).map_err(|_| {
            Error::configuration(
                "the MySQL URL cannot be read; write `mysql://user:password@host:3306/database`, with `%40` \
                 for `@` and so on in user and password",
            )
        })?;
        let Some(database) = options.get_database().filter(|name| !name.is_empty()) else {
            return Err(Error::configuration(
                "a MySQL URL names a database: `mysql://user:password@host:3306/database`",
            ));
        };
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let identity = format!("mysql:{host}/{database}");
        // Statements carry payloads in their text, which belong in no log at any level.
        let options = options.charset("utf8mb4").disable_statement_logging();
        Ok(Self { identity, options })
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn error(url: &str) -> String {
        Config::parse(url).unwrap_err().chain()
    }

    #[test]
    fn two_spellings_are_one_database_without_credentials() {
        let identity = |url: &str| Config::parse(url).unwrap().identity;
        assert_eq!(identity("mysql://u:secret@h/db"), "mysql:h:3306/db");
        assert_eq!(identity("mariadb://other@h:3306/db?ssl-mode=REQUIRED"), "mysql:h:3306/db");
    }

    #[test]
    fn says_what_is_accepted() {
        for url in [
            "postgres://u:secret@h/db",
            "mysql://u:secret@h",
            "mysql://u:sec ret@h:x/db",
            "mysql://u:secret@h/db?ssl=1",
        ] {
            assert!(!error(url).contains("sec"), "{}", error(url));
        }
        assert!(error("postgres://h/db").contains("`postgres` is not the scheme"));
        assert!(error("mysql://h").contains("names a database"));
        assert!(error("mysql://h:x/db").contains("cannot be read"));
        assert!(error("mysql://h/db?ssl=1").contains("`ssl` is not an option"));
    }
}
