-- How a pending entry stands: why it is not as it was seen, or else nil, its idle
-- milliseconds and its delivery count as text (a number would lose digits).
local function held(stream, group, id, consumer, idle)
  local rows = redis.pcall('XPENDING', stream, group, id, id, 1)
  if rows.err then
    return {'failed', rows.err}
  elseif #rows == 0 then
    return {'skipped', 'acknowledged'}
  elseif rows[1][2] ~= consumer then
    return {'skipped', 'moved', rows[1][2]}
  elseif rows[1][3] >= 0 and rows[1][3] < tonumber(idle) then
    return {'skipped', 'again'}
  end
  return nil, rows[1][3], string.format('%.0f', rows[1][4])
end
