-- Remove a consumer that holds no more than was seen, and tell how many entries it held.
-- KEYS: stream. ARGV: group, consumer, pending entries at most.
local rows = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if rows.err then
  local absent = string.find(rows.err, 'no such key', 1, true)
    or string.find(rows.err, 'NOGROUP', 1, true)
  return absent and {'skipped', 'gone'} or rows
end
for _, row in ipairs(rows) do
  if row[2] == ARGV[2] then
    if row[4] > tonumber(ARGV[3]) then
      return {'skipped', 'holds', string.format('%.0f', row[4])}
    end
    local held = redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    if type(held) == 'table' then
      return held
    end
    return {'done', string.format('%.0f', held)}
  end
end
return {'skipped', 'gone'}
