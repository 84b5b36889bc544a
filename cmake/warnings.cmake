# gyre_set_warnings(target): the warnings that gyre's own sources are clean of, on clang 19 and g++ 12.
function(gyre_set_warnings target)
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:CXX>:-Wall>
        $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
        # g++ would also complain of a constructor's parameter that is named as the member it sets.
        $<$<COMPILE_LANGUAGE:CXX>:-Wshadow$<$<CXX_COMPILER_ID:GNU>:=local>>
        $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>)
    if(GYRE_WERROR)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
    endif()
endfunction()
