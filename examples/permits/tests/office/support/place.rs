//! Where the databases of a test are.

pub(crate) use kind::{Connection, Place, Row, open};

/// The payload of an event, as text.
pub(crate) const PAYLOAD: &str = if cfg!(feature = "postgres") { "payload::text" } else { "payload" };

/// A text of an event's payload, as SQL.
pub(crate) fn of_payload(field: &str) -> String {
    if cfg!(all(feature = "mysql", not(feature = "postgres"))) {
        format!("json_value(payload, '$.{field}')")
    } else {
        format!("payload ->> '{field}'")
    }
}

#[cfg(not(any(feature = "mysql", feature = "postgres")))]
mod kind {
    use std::path::Path;
    use std::str::FromStr;

    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    pub(crate) type Connection = sqlx::SqliteConnection;
    pub(crate) type Row = sqlx::sqlite::SqliteRow;

    /// Files in a directory.
    pub(crate) struct Place {
        directory: String,
    }

    impl Place {
        pub(crate) fn new(directory: &Path) -> Self {
            Self { directory: directory.display().to_string() }
        }

        pub(crate) fn url(&self, service: &str) -> String {
            format!("sqlite:{}/{service}.db", self.directory)
        }

        /// How the program is told.
        pub(crate) fn arguments(&self) -> Vec<String> {
            vec!["--data-dir".to_owned(), self.directory.clone()]
        }
    }

    pub(crate) async fn open(url: &str) -> sqlx::Result<Connection> {
        SqliteConnectOptions::from_str(url)?.connect().await
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod kind {
    use std::path::Path;
    use std::str::FromStr;
    use std::time::{SystemTime, UNIX_EPOCH};

    use sqlx::{AssertSqlSafe, ConnectOptions};

    #[cfg(feature = "postgres")]
    mod server {
        pub(crate) type Connection = sqlx::PgConnection;
        pub(crate) type Row = sqlx::postgres::PgRow;
        pub(super) type Options = sqlx::postgres::PgConnectOptions;
        pub(super) const VARIABLE: &str = "EDAFW_TEST_POSTGRES_URL";
        pub(super) const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432";
        /// What stands behind the name of a database that is removed.
        pub(super) const FORCE: &str = " with (force)";

        pub(super) fn database(options: Options, name: &str) -> Options {
            options.database(if name.is_empty() { "postgres" } else { name })
        }
    }

    #[cfg(not(feature = "postgres"))]
    mod server {
        pub(crate) type Connection = sqlx::MySqlConnection;
        pub(crate) type Row = sqlx::mysql::MySqlRow;
        pub(super) type Options = sqlx::mysql::MySqlConnectOptions;
        pub(super) const VARIABLE: &str = "EDAFW_TEST_MYSQL_URL";
        pub(super) const DEFAULT: &str = "mysql://root@127.0.0.1:3306";
        pub(super) const FORCE: &str = "";

        pub(super) fn database(options: Options, name: &str) -> Options {
            if name.is_empty() { options } else { options.database(name) }
        }
    }

    pub(crate) use server::{Connection, Row};

    /// Two databases on a server, gone with this.
    pub(crate) struct Place {
        name: String,
    }

    impl Place {
        pub(crate) fn new(_directory: &Path) -> Self {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            // A name that other tests look for when they remove what interrupted runs have left.
            let place = Self { name: format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple()) };
            administrate(place.names().map(|name| format!("create database {name}")).into());
            place
        }

        fn names(&self) -> [String; 2] {
            ["permits", "portal"].map(|service| format!("{}_{service}", self.name))
        }

        pub(crate) fn url(&self, service: &str) -> String {
            let server = server();
            let (place, query) = server.split_once('?').unwrap_or((&server, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let (scheme, rest) = place.split_once("://").expect("a URL");
            let authority = rest.split('/').next().unwrap_or_default();
            format!("{scheme}://{authority}/{}_{service}{query}", self.name)
        }

        /// How the program is told.
        pub(crate) fn arguments(&self) -> Vec<String> {
            ["--database".to_owned(), self.url("permits"), "--portal-database".to_owned(), self.url("portal")]
                .into()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                let drop = |name| format!("drop database if exists {name}{}", server::FORCE);
                administrate(self.names().map(drop).into());
            }
        }
    }

    pub(crate) async fn open(url: &str) -> sqlx::Result<Connection> {
        server::Options::from_str(url)?.connect().await
    }

    fn server() -> String {
        std::env::var(server::VARIABLE).unwrap_or_else(|_| server::DEFAULT.to_owned())
    }

    /// On a thread with a runtime of its own: neither `new` nor `drop` can wait.
    fn administrate(statements: Vec<String>) {
        let work = async move {
            let options = server::Options::from_str(&server()).expect("a URL");
            let mut admin = server::database(options, "").connect().await?;
            for statement in statements {
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await?;
            }
            Ok::<(), sqlx::Error>(())
        };
        let done = std::thread::spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
        });
        done.join().unwrap().unwrap_or_else(|error| {
            panic!(
                "these tests need a server on which they may create databases: `cargo xtask test` starts one, or name \
                 one by {}; the default is {}. {error}",
                server::VARIABLE,
                server::DEFAULT
            )
        });
    }
}
