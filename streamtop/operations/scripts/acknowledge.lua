-- Acknowledge pending entries that are as they were seen.
-- KEYS: stream. ARGV: group, then for each entry: ID, consumer, least idle milliseconds.
local told = {}
for at = 2, #ARGV, 3 do
  local why, idle, deliveries = held(KEYS[1], ARGV[1], ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if not why then
    local removed = redis.pcall('XACK', KEYS[1], ARGV[1], ARGV[at])
    why = type(removed) == 'table' and {'failed', removed.err} or {'done', idle, deliveries}
  end
  told[#told + 1] = why
end
return told
