-- Make entries pending again as they were before an operation, where nobody has touched them
-- since.
-- KEYS: stream. ARGV: group, 'held' by whom it is now or 'free' when it must not be pending,
-- that consumer, bytes that are read at most, then for each entry: ID, consumer before ('' if
-- it was released), idle milliseconds, delivery count to put back, delivery count now or ''.
local stream, group, free = KEYS[1], ARGV[1], ARGV[2] == 'free'
local left, position = tonumber(ARGV[4]), nil

if free then
  local found, why = group_of(stream, group)
  if not found and why.err then
    return why
  end
  position = found and found['last-delivered-id']
end

-- Why an entry is not as the operation left it, or else nil and how it is pending.
local function touched(id, count)
  local rows = redis.pcall('XPENDING', stream, group, id, id, 1)
  if rows.err then
    return {'failed', rows.err}
  elseif free and #rows > 0 then
    return {'skipped', 'moved', rows[1][2]}
  elseif free then
    return sortable(id) > sortable(position) and {'skipped', 'unread'} or nil
  elseif #rows == 0 then
    return {'skipped', 'acknowledged'}
  elseif rows[1][2] ~= ARGV[3] then
    return {'skipped', 'moved', rows[1][2]}
  elseif count ~= '' and rows[1][4] ~= tonumber(count) then
    return {'skipped', 'again'}
  end
  return nil, {rows[1][3], string.format('%.0f', rows[1][4])}
end

local function put(id, consumer, idle, deliveries)
  if consumer ~= '' then
    return redis.pcall('XCLAIM', stream, group, consumer, '0', id, 'IDLE', idle,
      'RETRYCOUNT', deliveries, 'FORCE', 'JUSTID')
  end
  return redis.pcall('XNACK', stream, group, 'SILENT', 'IDS', '1', id,
    'RETRYCOUNT', deliveries, 'FORCE')
end

-- From Redis 8.4 on a pending entry with an old idle time is put in its place by a walk over
-- the younger ones: then a step answers for as many as it had the time for.
-- Servers before 7.0 have no os.clock, and no need of it.
local timed, clock = pcall(function() return os.clock end)
local told, began = {}, timed and clock()
for at = 5, #ARGV, 5 do
  if timed and #told > 0 and clock() - began > 0.002 then
    break
  end
  local id, consumer = ARGV[at], ARGV[at + 1]
  local why, now = touched(id, ARGV[at + 4])
  if not why then
    -- Servers drop an entry that is claimed and has no payload: skip it instead.
    local found = redis.pcall('XRANGE', stream, id, id)
    for _, word in ipairs(not found.err and #found > 0 and found[1][2] or {}) do
      left = left - #word
    end
    if left < 0 and #told > 0 then
      break
    elseif found.err then
      why = {'failed', found.err}
    elseif #found == 0 then
      why = {'skipped', 'gone'}
    else
      local got = put(id, consumer, ARGV[at + 2], ARGV[at + 3])
      if type(got) == 'table' and got.err then
        why = consumer == '' and {'skipped', 'nobody'} or {'failed', got.err}
      else
        why = now and {'done', now[1], now[2]} or {'done'}
      end
    end
  end
  told[#told + 1] = why
end
return told
