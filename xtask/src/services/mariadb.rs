//! MariaDB, as Debian and Ubuntu package it.

use anyhow::Result;

use super::Service;
use crate::command::Command;
use crate::tool;

pub(super) const SERVICE: Service = Service {
    name: "MySQL or MariaDB server",
    variable: "EDAFW_TEST_MYSQL_URL",
    default: "mysql://root@127.0.0.1:3306",
    port: 3306,
    features: &["edafw-sqlx/mysql", "edafw/mysql"],
    start,
    advice: "`docker run -d -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 mariadb`, or your system's package",
};

/// Starts the server of the package. One that this has installed lets local programs in without a password; the
/// accounts of one that was there before are left alone.
fn start() -> Result<()> {
    let installs = !tool::is_there("mariadbd");
    if installs {
        tool::apt_install(&["mariadb-server"])?;
    }
    Command::new("service", ["mariadb", "start"]).run()?;
    if installs {
        Command::new("mariadb", ["--execute", "alter user root@localhost identified by ''"]).run()?;
    }
    Ok(())
}
