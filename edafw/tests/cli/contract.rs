//! `contract accept|check`, which need no database.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Ended, Place};

const FILE: &str = "member.logged-in.v1.json";

impl Place {
    /// A command of `contract`, in this place and without a database.
    async fn contract(&self, arguments: &str) -> Ended {
        let arguments = format!("contract {arguments} --dir contracts");
        self.run_with(&arguments, &[("EDAFW_DATABASE_URL", "")]).await
    }

    /// Makes the accepted contract another one than the code declares.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let file = self.path().join("contracts").join(FILE);
        let mut contract =
            serde_json::from_str(&std::fs::read_to_string(&file).expect("accepted")).expect("JSON");
        change(&mut contract);
        std::fs::write(file, contract.to_string()).expect("writes");
    }

    fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.path().join("contracts")).expect("a directory");
        let mut files: Vec<String> =
            files.map(|file| file.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        files.sort();
        files
    }
}

#[tokio::test]
async fn accept_writes_one_file_per_contract_and_check_passes() {
    let place = Place::new();
    let ended = place.contract("check").await;
    assert_eq!(ended.code, Some(4), "{}", ended.stdout);
    assert_snapshot!(ended.stderr, @"error: there is no directory `contracts`; `contract accept` makes it, or name another one");
    let ended = place.contract("accept").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @r"
    member.logged-in version 1 is new

    Accepted. `contracts` is as declared now; commit it.
    ");
    assert_eq!(place.files(), [FILE], "a contract that is only read is somebody else's");
    let written = std::fs::read_to_string(place.path().join("contracts").join(FILE)).expect("written");
    assert_snapshot!(written, @r#"
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "description": "What other systems get to know of a log-in.",
      "properties": {
        "member_no": {
          "format": "int64",
          "type": "integer"
        }
      },
      "required": [
        "member_no"
      ],
      "title": "member.logged-in version 1",
      "type": "object",
      "x-edafw-contract": {
        "has_key": true,
        "name": "member.logged-in",
        "source": "member",
        "version": 1
      }
    }
    "#);
    for command in ["check", "check --accepted", "accept"] {
        let ended = place.contract(command).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stdout, "member.logged-in version 1 is as it was accepted\n");
    }
}

#[tokio::test]
async fn a_broken_contract_is_explained_and_accepted_only_on_request() {
    let place = Place::new();
    place.contract("accept").await;
    place.edit(|contract| {
        contract["properties"]["device"] = json!({ "type": "string" });
        contract["properties"]["member_no"] = json!({ "type": ["integer", "null"], "format": "int64" });
        contract["x-edafw-contract"]["source"] = json!("members");
    });
    let ended = place.contract("check").await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @r#"
    member.logged-in version 1 is broken:
      field-removed at `device`: the field is gone; readers look for it, and cannot decode the event without
      optional-made-required at `member_no`: could be null, and never is again; events of this version that are stored or on their way do without it, and who reads by the new file does not expect that
      source-changed: `members` gave it, and `member` does now; whoever subscribed to the former service's topic gets nothing any more
      way out: keep version 1 as it was, and publish the change beside it, as a struct of its own with `#[external_event(name = "member.logged-in", version = 2, of = ..)]`; retire version 1 when nobody reads it
    "#);
    let ended = place.contract("check --json").await;
    assert_eq!(ended.code, Some(3));
    let document = ended.document();
    assert_eq!((&document["compatible"], &document["service"]), (&json!(false), &json!("member")));
    let contract = &document["contracts"][0];
    assert_eq!((&contract["name"], &contract["status"]), (&json!("member.logged-in"), &json!("broken")));
    let finding = &contract["findings"][0];
    assert_eq!((&finding["rule"], &finding["field"]), (&json!("field-removed"), &json!("device")));
    let ended = place.contract("accept").await;
    assert_eq!(ended.code, Some(3));
    assert!(ended.stdout.contains("Nothing was written."), "{}", ended.stdout);
    assert_eq!(place.contract("check").await.code, Some(3));
    assert_eq!(place.contract("accept --breaking").await.code, Some(0));
    assert_eq!(place.contract("check --accepted").await.code, Some(0));
}

#[tokio::test]
async fn an_allowed_change_passes_until_it_is_asked_whether_it_was_accepted() {
    let place = Place::new();
    place.contract("accept").await;
    place.edit(|contract| {
        contract["properties"] = json!({});
        contract["required"] = json!([]);
        contract["x-edafw-contract"]["has_key"] = json!(false);
    });
    let ended = place.contract("check").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @r"
    member.logged-in version 1 has changed, and its readers can follow:
      allowed at `member_no`: the field is new; events that are stored already do without it, so who reads it takes it as optional
      allowed: its events have a key now

    Nothing is broken. `contract accept` writes what is new to `contracts`; commit that.
    ");
    assert_eq!(place.contract("check --accepted").await.code, Some(3));
    place.contract("accept").await;
    place.edit(|contract| contract["description"] = json!("another text"));
    let ended = place.contract("check").await;
    assert!(ended.stdout.contains("its documentation has changed"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_contract_that_is_gone_is_broken_until_it_is_retired() {
    let place = Place::new();
    place.contract("accept").await;
    let retired = |name: &str, version: u32, has_key: bool| {
        let about = json!({ "name": name, "version": version, "source": "member", "has_key": has_key });
        let text = json!({ "x-edafw-contract": about, "type": "object" }).to_string();
        std::fs::write(place.path().join(format!("contracts/{name}.v{version}.json")), text).expect("writes");
    };
    retired("member.left", 1, true);
    retired("member.logged-in", 3, true);
    std::fs::write(place.path().join("contracts/README.json"), "not a contract").expect("writes");
    let ended = place.contract("check").await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @r"
    member.left version 1 is broken:
      contract-removed: no external event of this name is declared; whoever subscribed to it gets nothing any more
      way out: declare version 1 again, and keep it beside any later version until nobody reads it; then retire it by `contract accept --breaking`
    member.logged-in version 1 is as it was accepted
    member.logged-in version 3 is broken:
      contract-removed: only version 1 of this name is declared; whoever subscribed to it gets nothing any more
      way out: declare version 3 again, and keep it beside any later version until nobody reads it; then retire it by `contract accept --breaking`
    ");
    assert_eq!(place.contract("accept --breaking").await.code, Some(0));
    assert_eq!(place.files(), ["README.json", FILE]);
}

#[tokio::test]
async fn a_file_that_is_no_contract_is_named() {
    let place = Place::new();
    place.contract("accept").await;
    place.edit(|contract| contract["x-edafw-contract"]["version"] = json!(2));
    let ended = place.contract("check").await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"error: `contracts/member.logged-in.v1.json` holds the contract member.logged-in version 2, whose file is `member.logged-in.v2.json`");
    std::fs::write(place.path().join("contracts").join(FILE), "{\n  \"type\": \n}").expect("writes");
    let ended = place.contract("accept").await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"error: `contracts/member.logged-in.v1.json` is not JSON: expected value at line 3 column 1");
}

#[tokio::test]
async fn the_files_are_beside_the_package_that_cargo_runs() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("package")).expect("creates");
    let package = [("CARGO_MANIFEST_DIR", "package")];
    assert_eq!(place.run_with("contract accept", &package).await.code, Some(0));
    assert!(place.path().join("package/contracts").join(FILE).exists());
}
