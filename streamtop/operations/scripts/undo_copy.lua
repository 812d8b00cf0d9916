-- Delete copies that nobody has read; where the original was acknowledged when it was copied,
-- make that pending again in the same step, as it was. Answers for the first copies only once
-- so many bytes were read.
-- KEYS: stream of the originals, streams of the copies. ARGV: bytes, group of the originals,
-- then for each copy: ID, the number of its stream, ID of the original or '', its consumer
-- before ('' if it was released), idle milliseconds, delivery count.
local source, room, group = KEYS[1], tonumber(ARGV[1]), ARGV[2]

local function up_to(one, other)
  return sortable(one) <= sortable(other)
end

-- How far the groups of a stream have read, by their names, and what else they hold pending.
local seen = {}
local function groups_of(stream)
  if not seen[stream] then
    seen[stream] = {}
    for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      local about = by_name(row)
      local pending = redis.call('XPENDING', stream, about['name'])
      seen[stream][about['name']] = {about['last-delivered-id'], pending[3]}
    end
  end
  return seen[stream]
end

-- The group that was given an entry, if one was.
local function reader(stream, id)
  for name, at in pairs(groups_of(stream)) do
    if up_to(id, at[1]) then
      return name
    elseif at[2] and up_to(id, at[2]) and #redis.call('XPENDING', stream, name, id, id, 1) > 0 then
      return name
    end
  end
  return nil
end

-- Why an original cannot be put back, or else nil.
local function bound(id)
  local rows = redis.pcall('XPENDING', source, group, id, id, 1)
  if rows.err then
    return {'failed', rows.err}
  elseif #rows > 0 then
    return {'skipped', 'original-pending'}
  end
  local position = groups_of(source)[group][1]
  if not up_to(id, position) then
    return {'skipped', 'original-unread'}
  end
  local why, _, size = payload(source, id)
  room = room - size
  return why and {'skipped', 'original-gone'} or nil
end

-- Why it cannot be made pending as it was, or else nil.
local function put_back(id, consumer, idle, deliveries)
  if consumer ~= '' then
    return refusal('XCLAIM', source, group, consumer, '0', id, 'IDLE', idle,
      'RETRYCOUNT', deliveries, 'FORCE', 'JUSTID')
  end
  return refusal('XNACK', source, group, 'FAIL', 'IDS', '1', id, 'RETRYCOUNT', deliveries, 'FORCE')
end

local told, count = {}, (#ARGV - 2) / 6
for at = 3, #ARGV, 6 do
  local id, stream, original = ARGV[at], KEYS[tonumber(ARGV[at + 1]) + 1], ARGV[at + 2]
  local _, why, size
  if redis.call('EXISTS', stream) == 0 then
    why = {'skipped', 'gone'}
  elseif original ~= '' then
    why, _, size = payload(stream, id)
    room = room - size
  end
  local name = not why and reader(stream, id)
  if name then
    why = {'skipped', 'read', name}
  end
  why = why or refusal('XDEL', stream, '0-0')
  if not why and original ~= '' then
    why = bound(original) or put_back(original, ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  end
  if refused(why) then
    return cut_short(told, why, count)
  end
  if not why and redis.call('XDEL', stream, id) == 0 then
    why = {'skipped', 'gone'}
  end
  told[#told + 1] = why or {'done'}
  if room <= 0 then
    break
  end
end
return told
