//! The database of the family-account service in a test.

/// Where the service is on a server, a database of its own there, gone with this; otherwise the file that the program
/// takes by itself.
pub(crate) struct FamilyDatabase {
    /// How the program is told of one on a server.
    pub(crate) url: Option<String>,
    #[cfg(feature = "postgres")]
    _on_server: server::Database,
}

impl FamilyDatabase {
    #[cfg(feature = "postgres")]
    pub(crate) fn create() -> Self {
        let database = server::Database::create();
        Self { url: Some(database.url()), _on_server: database }
    }

    #[cfg(not(feature = "postgres"))]
    pub(crate) fn create() -> Self {
        Self { url: None }
    }
}

#[cfg(feature = "postgres")]
mod server {
    use std::str::FromStr as _;
    use std::time::{SystemTime, UNIX_EPOCH};

    use sqlx::postgres::PgConnectOptions;
    use sqlx::{AssertSqlSafe, ConnectOptions as _};

    const VARIABLE: &str = "EDAFW_TEST_POSTGRES_URL";
    const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432";

    /// A database, gone with this.
    pub(super) struct Database {
        name: String,
    }

    impl Database {
        pub(super) fn create() -> Self {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            // A name that other tests look for when they remove what interrupted runs have left.
            let database = Self { name: format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple()) };
            administrate(format!("create database {}", database.name));
            database
        }

        pub(super) fn url(&self) -> String {
            let server = server();
            let (place, query) = server.split_once('?').unwrap_or((&server, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let (scheme, rest) = place.split_once("://").expect("a URL");
            let authority = rest.split('/').next().unwrap_or_default();
            format!("{scheme}://{authority}/{}{query}", self.name)
        }
    }

    impl Drop for Database {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                administrate(format!("drop database if exists {} with (force)", self.name));
            }
        }
    }

    fn server() -> String {
        std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned())
    }

    fn administrate(statement: String) {
        let work = async move {
            let options = PgConnectOptions::from_str(&server()).expect("a URL").database("postgres");
            let mut admin = options.connect().await?;
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await?;
            Ok::<(), sqlx::Error>(())
        };
        // A test may have a runtime of its own, in which nothing blocks.
        let done = std::thread::spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
        });
        done.join().unwrap().unwrap_or_else(|error| {
            panic!(
                "these tests need a server on which they may create databases: `cargo xtask test` starts one, or name \
                 one by {VARIABLE}; the default is {DEFAULT}. {error}"
            )
        });
    }
}
