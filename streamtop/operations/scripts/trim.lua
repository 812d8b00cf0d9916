-- Remove some entries from the beginning of a stream, unless a group needs any of them.
-- KEYS: stream. ARGV: lowest ID that stays, the ID just below it, 'force' or '', and how:
-- '~' and how many at most in whole nodes, '=' for all, or 'range' and how many entries and
-- bytes at most, for servers that know no MINID.
local stream, minid, below = KEYS[1], ARGV[1], ARGV[2]

-- Why the group still needs an entry below the ID; nil if it does not.
local function needs(row)
  local group = by_name(row)
  local position = group['last-delivered-id']
  if sortable(position) < sortable(below) then
    local rows = redis.pcall('XRANGE', stream, position, below, 'COUNT', 2)
    if rows.err then
      return rows
    end
    for _, entry in ipairs(rows) do
      if entry[1] ~= position then
        return {'skipped', 'unread', group['name'], position}
      end
    end
  end
  if group['pending'] > 0 then
    local rows = redis.pcall('XPENDING', stream, group['name'], '-', '+', 1)
    if rows.err then
      return rows
    elseif rows[1] and sortable(rows[1][1]) <= sortable(below) then
      return {'skipped', 'pending', group['name'], rows[1][1]}
    end
  end
end

local groups = redis.pcall('XINFO', 'GROUPS', stream)
if groups.err then
  return string.find(groups.err, 'no such key', 1, true) and {'skipped', 'gone'} or groups
end
if ARGV[3] ~= 'force' then
  if #groups == 0 then
    return {'skipped', 'nobody'}
  end
  for _, row in ipairs(groups) do
    local why = needs(row)
    if why then
      return why
    end
  end
end

if ARGV[4] ~= 'range' then
  local words = {'XTRIM', stream, 'MINID', ARGV[4], minid}
  if ARGV[4] == '~' then
    words[#words + 1] = 'LIMIT'
    words[#words + 1] = ARGV[5]
  end
  local removed = redis.pcall(unpack(words))
  if type(removed) == 'table' then
    return string.find(removed.err, 'syntax', 1, true) and {'skipped', 'syntax'} or removed
  end
  return {'done', removed}
end

local most, bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local removed, size, count = 0, 0, 1
while removed < most and size < bytes do
  local rows = redis.pcall('XRANGE', stream, '-', below, 'COUNT', count)
  if rows.err then
    return rows
  elseif #rows == 0 then
    break
  end
  local ids = {}
  for at, entry in ipairs(rows) do
    ids[at] = entry[1]
    for _, word in ipairs(entry[2]) do
      size = size + #word
    end
  end
  local gone = redis.pcall('XDEL', stream, unpack(ids))
  if type(gone) == 'table' then
    return gone
  end
  removed = removed + gone
  local fits = math.floor((bytes - size) / math.max(1, size / removed))
  count = math.max(1, math.min(fits, count * 8, most - removed))
end
return {'done', removed}
