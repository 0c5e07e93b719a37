//! Reading a PostgreSQL URL.

use std::str::FromStr;

use edafw_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;

/// What a PostgreSQL URL says.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The same for every handle of the same database, in this process and others; without user and password.
    pub(super) identity: String,
    pub(super) connect: PgConnectOptions,
    /// Whether commits notify other processes, and this one listens.
    pub(super) notify: bool,
}

/// What the driver takes; it would ignore anything else with a warning.
const OPTIONS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

impl Config {
    /// Reads a URL such as `postgres://user:password@host:5432/database?notify=on`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let scheme = url.split_once(':').map_or("(no scheme)", |(scheme, _)| scheme);
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(Error::configuration(format!(
                "`{scheme}` is not a PostgreSQL URL; write `{EXAMPLE}`"
            )));
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut notify = false;
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "notify" => notify = switch(value)?,
                _ if OPTIONS.contains(&name)
                    || name.starts_with("options[")
                    || name.starts_with("options%5B") =>
                {
                    rest.push(pair);
                }
                _ => return Err(option_error(name)),
            }
        }
        let plain = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        // The driver's error may quote the URL, and with it the password.
        let connect = PgConnectOptions::from_str(&plain).map_err(|_| {
            Error::configuration(format!("the PostgreSQL URL cannot be read; write `{EXAMPLE}`"))
        })?;
        let connect = if connect.get_application_name().is_some() {
            connect
        } else {
            connect.application_name("edafw")
        };
        Ok(Self { identity: identity(&connect), connect, notify })
    }
}

const EXAMPLE: &str = "postgres://user:password@host:5432/database";

fn identity(connect: &PgConnectOptions) -> String {
    let host = match connect.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => connect.get_host().to_lowercase(),
    };
    let database = connect.get_database().unwrap_or(connect.get_username());
    let place = format!("postgres:{host}:{}/{database}", connect.get_port());
    // They may name another schema, which is another place.
    match connect.get_options() {
        Some(options) => format!("{place} {options}"),
        None => place,
    }
}

fn switch(value: &str) -> Result<bool> {
    match value {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        _ => Err(Error::configuration("`notify` in a PostgreSQL URL is `on` or `off`")),
    }
}

/// Names the option alone: its value may be a secret.
fn option_error(name: &str) -> Error {
    Error::configuration(format!(
        "`{name}` is not an option of a PostgreSQL URL; there are `notify=on|off`, `sslmode`, `sslrootcert`, `sslcert`, \
         `sslkey`, `statement-cache-capacity`, `application_name`, `options[NAME]`, `host`, `port`, `dbname`, `user` and \
         `password`"
    ))
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn identity(url: &str) -> String {
        Config::parse(url).unwrap().identity
    }

    fn error(url: &str) -> String {
        edafw_core::Error::chain(&Config::parse(url).unwrap_err())
    }

    #[test]
    fn the_identity_is_the_place() {
        assert_eq!(identity("postgres://anne:secret@DB.example/member"), "postgres:db.example:5432/member");
        assert_eq!(
            identity("postgresql://bob@db.example:5432/member?notify=on&sslmode=prefer"),
            "postgres:db.example:5432/member"
        );
        assert_ne!(
            identity("postgres://anne@h/member?options[search_path]=a"),
            identity("postgres://anne@h/member?options[search_path]=b"),
        );
    }

    #[test]
    fn notify_is_ours_and_off() {
        assert!(!Config::parse("postgres://h/d").unwrap().notify);
        assert!(Config::parse("postgres://h/d?sslmode=disable&notify=on").unwrap().notify);
        assert!(!Config::parse("postgres://h/d?notify=off").unwrap().notify);
    }

    #[test]
    fn says_what_is_accepted_and_no_secret() {
        assert!(error("mysql://u:secret@h/db").contains("`mysql` is not a PostgreSQL URL"));
        assert!(error("postgres://h/d?notify=maybe").contains("`on` or `off`"));
        assert!(error("postgres://h/d?pool=3").contains("`pool` is not an option"));
        assert!(error("postgres://u:secret@h:port/d").contains("cannot be read"));
        for url in
            ["mysql://u:secret@h/db", "postgres://u:secret@h:port/d", "postgres://u:secret@h/d?x=secret"]
        {
            assert!(!error(url).contains("secret"), "{}", error(url));
        }
    }
}
