insert into edafw_pause (subscriber) values (?1) on duplicate key update subscriber = edafw_pause.subscriber;
