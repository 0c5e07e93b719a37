select device, log_ins from device where member_no = ?1 order by device;
