-- Claim pending entries that are as they were seen; leave no new consumer that holds nothing.
-- KEYS: stream. ARGV: group, consumer, 'count' or '', then for each entry: ID, consumer, least
-- idle milliseconds.
local stream, group, consumer, counted = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == 'count'
local told, claimed, made = {}, 0, nil
for at = 4, #ARGV, 3 do
  local id = ARGV[at]
  local why, idle, deliveries = held(stream, group, id, ARGV[at + 1], ARGV[at + 2])
  if not why then
    -- Servers that have no CREATECONSUMER (before 6.2) make no consumer that gets nothing.
    made = made or redis.pcall('XGROUP', 'CREATECONSUMER', stream, group, consumer)
    local words = {'XCLAIM', stream, group, consumer, '0', id, 'JUSTID'}
    if counted and tonumber(deliveries) < 9007199254740992 then
      words[#words + 1] = 'RETRYCOUNT'
      words[#words + 1] = string.format('%.0f', tonumber(deliveries) + 1)
    end
    local got = redis.pcall(unpack(words))
    if got.err then
      why = {'failed', got.err}
    elseif #got == 0 then
      why = {'skipped', 'dropped', idle, deliveries}
    else
      why = {'done', idle, deliveries}
      claimed = claimed + 1
    end
  end
  told[#told + 1] = why
end
if made == 1 and claimed == 0 then
  redis.pcall('XGROUP', 'DELCONSUMER', stream, group, consumer)
end
return told
