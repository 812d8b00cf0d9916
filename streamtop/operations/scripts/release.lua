-- Release pending entries that are as they were seen.
-- KEYS: stream. ARGV: group, 'SILENT', 'FAIL' or 'FATAL', then for each entry: ID, consumer,
-- least idle milliseconds.
local told = {}
for at = 3, #ARGV, 3 do
  local id = ARGV[at]
  local why, idle, deliveries = held(KEYS[1], ARGV[1], id, ARGV[at + 1], ARGV[at + 2])
  if not why and ARGV[at + 1] == '' and ARGV[2] ~= 'FATAL' then
    why = {'skipped', 'released'}
  elseif not why then
    local got = redis.pcall('XNACK', KEYS[1], ARGV[1], ARGV[2], 'IDS', '1', id)
    why = type(got) == 'table' and {'failed', got.err} or {'done', idle, deliveries}
  end
  told[#told + 1] = why
end
return told
