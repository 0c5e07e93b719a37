update edafw_message force index (primary)
set visible_at = ?2, token = null, receives = receives - ?3
where position in ?1;
