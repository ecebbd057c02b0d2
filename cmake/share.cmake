# What the program says of itself: manual page and shell completion, in the folders of share/ that they are installed to
# (build/release/share).
set(share ${CMAKE_BINARY_DIR}/share)
function(gerund_says program file)
  get_filename_component(folder ${share}/${file} DIRECTORY)
  add_custom_command(OUTPUT ${share}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${program} ${ARGN} > ${share}/${file}
    DEPENDS ${program} COMMENT "Writing share/${file}" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY GERUND_SAYS ${share}/${file})
endfunction()
function(gerund_tells program)
  string(REPLACE "-" "_" function ${program})
  gerund_says(${program} man/man1/${program}.1 man)
  gerund_says(${program} bash-completion/completions/${program} completion bash)
  gerund_says(${program} zsh/site-functions/_${function} completion zsh)
  gerund_says(${program} fish/vendor_completions.d/${program}.fish completion fish)
endfunction()
gerund_tells(gerund-runtime)
if(TARGET gerund)
  gerund_tells(gerund)
endif()
get_property(said GLOBAL PROPERTY GERUND_SAYS)
add_custom_target(gerund_share ALL DEPENDS ${said})
