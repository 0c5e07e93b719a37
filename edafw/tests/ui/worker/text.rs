edafw::worker!("app");
