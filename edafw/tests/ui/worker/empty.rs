edafw::worker!();
